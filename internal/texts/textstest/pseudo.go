// Package textstest makes a language that nobody speaks, to find what isn't in the dictionary.
package textstest

import (
	"encoding/json"
	"regexp"

	"foyer/internal/texts"
)

// Pseudo returns the English texts in ⟦brackets⟧, as a language that is written from right to left and has its own
// names for days, months and plural forms.
func Pseudo() *texts.Dictionary {
	all := map[string]any{}
	for name, part := range texts.English().Parts {
		var node any
		if err := json.Unmarshal(part, &node); err != nil {
			panic(err)
		}
		all[name] = bracketed(node)
	}
	all["lang"], all["dir"] = "he", "rtl"
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	d, err := texts.Parse(raw)
	if err != nil {
		panic(err)
	}
	return d
}

func bracketed(node any) any {
	switch node := node.(type) {
	case string:
		return "⟦" + node + "⟧"
	case []any:
		for i := range node {
			node[i] = bracketed(node[i])
		}
	case map[string]any:
		for key := range node {
			node[key] = bracketed(node[key])
		}
	}
	return node
}

var (
	innermost = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)
	word      = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// Outside returns the words of a text that don't come from the pseudo-language, and what wasn't filled in.
func Outside(text string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
	for innermost.MatchString(text) {
		text = innermost.ReplaceAllString(text, " ")
	}
	return append(found, word.FindAllString(text, -1)...)
}
