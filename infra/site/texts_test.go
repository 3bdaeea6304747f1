package site

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"foyer/internal/texts"
)

var (
	ownPart  = regexp.MustCompile(`const (?:t|receipt) = FOYER_TEXTS\.(\w+);`)
	used     = regexp.MustCompile(`(\bthis\.t|(?:^|[^.\w])t|\bFOYER_TEXTS|\breceipt)\b((?:\.[A-Za-z_]\w*)+)|[^.\w]t\[`)
	inPage   = regexp.MustCompile(`\{\{([\w.]+)\}\}`)
	comments = regexp.MustCompile(`(?m)(^|[^:'"])//.*$`)
	glued    = regexp.MustCompile(`\+ (?:say\(|(?:this\.)?t\.\w)|(?:\bsay\([^()]*\)|\bt(?:\.\w+)+) \+ |` +
		`\$\{(?:say\(|(?:this\.)?t\.)[^}]*\} ?[A-Za-z]|[A-Za-z] ?\$\{(?:say\(|(?:this\.)?t\.)`)
	english = regexp.MustCompile("['`\"](?:[A-Z][a-z’]+ [a-z]|[a-z]+ [a-z]+ [a-z]+[.'`])")
)

// sources are the scripts and pages that visitors get, less comments, by their names.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && name == "test" {
			return leftOut(err)
		}
		if ext := filepath.Ext(name); ext != ".js" && ext != ".html" {
			return nil
		}
		raw, err := os.ReadFile(name)
		all[filepath.ToSlash(name)] = comments.ReplaceAllString(string(raw), "$1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// leftOut leaves a folder out, unless it can't be read.
func leftOut(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// node returns what a name stands for in the dictionary.
func node(all map[string]any, name string) (any, bool) {
	var at any = all
	for _, key := range strings.Split(name, ".") {
		inner, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = inner[key]; !ok {
			return nil, false
		}
	}
	return at, true
}

// isText reports whether a node of the dictionary is one text.
func isText(n any) bool {
	_, plain := n.(string)
	forms, object := n.(map[string]any)
	_, plural := forms["other"].(string)
	return plain || object && plural
}

// Each text that a page uses is there, and each that is there is used; none is put together of parts in a script.
func TestPagesUseTheDictionaryAndAllOfIt(t *testing.T) {
	raw, err := json.Marshal(texts.English().Parts)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	uses := map[string]bool{}
	for file, text := range sources(t) {
		for _, m := range inPage.FindAllStringSubmatch(text, -1) {
			uses[m[1]] = true
		}
		own := strings.Split(file, "/")[0]
		if m := ownPart.FindStringSubmatch(text); m != nil {
			own = m[1]
		}
		for _, m := range used.FindAllStringSubmatch(text, -1) {
			name := strings.TrimPrefix(m[2], ".")
			switch m[1] {
			case "FOYER_TEXTS":
			case "receipt":
				name = "receipt." + name
			default:
				name = strings.TrimSuffix(own+"."+name, ".")
			}
			if _, found := node(all, name); !found {
				t.Errorf("%s: there is no %s", file, name)
			}
			uses[name] = true
		}
		for i, line := range strings.Split(text, "\n") {
			if strings.HasSuffix(file, ".js") && (glued.MatchString(line) || english.MatchString(line)) {
				t.Errorf("%s:%d: a text is not in the dictionary as a whole: %s", file, i+1, strings.TrimSpace(line))
			}
		}
	}
	var walk func(name string, n any, whole bool)
	walk = func(name string, n any, whole bool) {
		inner, _ := n.(map[string]any)
		_, scene := inner["head"] // what t[name] names
		whole = whole || uses[name] && strings.Contains(name, ".") || scene && uses[strings.Split(name, ".")[0]]
		if isText(n) && !whole {
			t.Errorf("nothing uses %s", name)
		}
		for key, one := range inner {
			walk(name+"."+key, one, whole || isText(n))
		}
	}
	for part, n := range all {
		switch part {
		case "format", "edge", "mail", "payment", "event", "seat", "receipt", "lang", "dir": // mails use them as well
		default:
			walk(part, n, false)
		}
	}
}
