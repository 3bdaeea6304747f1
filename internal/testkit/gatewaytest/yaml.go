package gatewaytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// readYAML reads the part of YAML that docs/ is written in: maps and lists by indentation, values in JSON or plain,
// folded text after ">-", comments on lines of their own.
func readYAML(t *testing.T, file string) map[string]any {
	t.Helper()
	p := &yaml{t: t, file: file}
	for i, text := range strings.Split(string(read(t, file)), "\n") {
		body := strings.TrimLeft(text, " ")
		if body != "" && !strings.HasPrefix(body, "#") {
			p.lines = append(p.lines, line{i + 1, len(text) - len(body), body})
		}
	}
	return p.block(0).(map[string]any)
}

type line struct {
	number, indent int
	text           string
}

type yaml struct {
	t     *testing.T
	file  string
	lines []line
}

// block reads everything at this indentation.
func (p *yaml) block(indent int) any {
	if strings.HasPrefix(p.lines[0].text, "- ") {
		var list []any
		for len(p.lines) > 0 && p.lines[0].indent == indent && strings.HasPrefix(p.lines[0].text, "- ") {
			p.lines[0].indent, p.lines[0].text = indent+2, p.lines[0].text[2:]
			list = append(list, p.block(indent+2))
		}
		return list
	}
	out := map[string]any{}
	for len(p.lines) > 0 && p.lines[0].indent == indent {
		l := p.lines[0]
		key, value, found := cutKey(l.text)
		if _, twice := out[key]; !found || twice {
			p.t.Fatalf("%s:%d: %q", p.file, l.number, l.text)
		}
		p.lines = p.lines[1:]
		out[key] = p.value(l, value)
	}
	return out
}

func cutKey(text string) (key, value string, found bool) {
	if strings.HasSuffix(text, ":") {
		return strings.Trim(text[:len(text)-1], `"`), "", true
	}
	key, value, found = strings.Cut(text, ": ")
	return strings.Trim(key, `"`), value, found
}

func (p *yaml) value(l line, text string) any {
	nested := len(p.lines) > 0 && p.lines[0].indent > l.indent
	switch {
	case text == ">-":
		var words []string
		for len(p.lines) > 0 && p.lines[0].indent > l.indent {
			words, p.lines = append(words, p.lines[0].text), p.lines[1:]
		}
		return strings.Join(words, " ")
	case text == "" && nested:
		return p.block(p.lines[0].indent)
	case nested:
		p.t.Fatalf("%s:%d: a value and something under it", p.file, l.number)
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err == nil {
		return v
	} else if strings.ContainsAny(text[:1], `[{"`) {
		p.t.Fatalf("%s:%d: %v", p.file, l.number, err)
	}
	return text
}

// At follows a path of map keys.
func At(t *testing.T, v any, path ...string) any {
	t.Helper()
	for i, key := range path {
		next, ok := v.(map[string]any)[key]
		if !ok {
			t.Fatalf("there is no %s", strings.Join(path[:i+1], " → "))
		}
		v = next
	}
	return v
}

// Texts returns a list of values as texts.
func Texts(v any) []string {
	var out []string
	for _, one := range v.([]any) {
		out = append(out, fmt.Sprint(one))
	}
	return out
}
