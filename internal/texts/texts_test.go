package texts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	hole    = regexp.MustCompile(`\{\w+\}`)
	plurals = []string{"zero", "one", "two", "few", "many", "other"}
)

// leaves returns every text by its whole name; a text with plural forms is one, with a form a line.
func leaves(t testing.TB, raw []byte) map[string]string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(name string, node any)
	walk = func(name string, node any) {
		switch node := node.(type) {
		case string:
			out[name] = node
		case []any:
			for _, one := range node {
				out[name] += one.(string) + "\n"
			}
		case map[string]any:
			if _, plural := node["other"].(string); plural {
				for form, text := range node {
					if !slices.Contains(plurals, form) {
						t.Errorf("%s: %q is no plural category", name, form)
					}
					out[name] += text.(string) + "\n"
				}
				return
			}
			for key, inner := range node {
				walk(strings.TrimPrefix(name+"."+key, "."), inner)
			}
		}
	}
	walk("", all)
	return out
}

// holes returns the names of what is put into a text.
func holes(text string) []string {
	all := hole.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	all, err := filepath.Glob("*.json")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	read := func(name string) map[string]string {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Parse(raw); err != nil || d.Lang+".json" != name {
			t.Fatalf("%s: %v", name, err)
		}
		return leaves(t, raw)
	}
	english := read("en.json")
	for _, name := range all {
		other := read(name)
		for key, text := range english {
			there, found := other[key]
			if diff := cmp.Diff(holes(text), holes(there)); !found || diff != "" {
				t.Errorf("%s: %s is missing or takes others: %s", name, key, diff)
			}
		}
		if len(other) != len(english) {
			t.Errorf("%s has %d texts, not %d", name, len(other), len(english))
		}
	}
}

// What no native writer would write, and what isn't a sentence or a label by itself.
func TestEnglishReadsWell(t *testing.T) {
	wrong := regexp.MustCompile(`(?i)Please write|should stand|tickets go there|left to decide|Give (back|all)|` +
		`word of it|let nobody in|One person, once|somebody is deciding|Any price|not to be had|The doors are|e-mail|` +
		`gave your place back|asking for it|being asked for|go home without|doesn’t answer|let this page|` +
		`place that you arrived|time .*is over|mail to yourself|stay good|As a rule|answer this mail|[a-z]'[a-z]|"|\.\.\.|  `)
	for key, text := range leaves(t, English().all(t)) {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if wrong.MatchString(line) {
				t.Errorf("%s: %s", key, line)
			}
			if line != strings.TrimSpace(line) || strings.Contains(line, "{}") {
				t.Errorf("%s is to be joined to something: %q", key, line)
			}
		}
	}
}

func (d *Dictionary) all(t testing.TB) []byte {
	t.Helper()
	raw, err := json.Marshal(d.Parts)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTextsAreFilledIn(t *testing.T) {
	d := English()
	if got := d.Seat.Whole.With("section", "Stalls", "row", "{seat}", "seat", "12"); got != "Stalls, row {seat}, seat 12" {
		t.Errorf("%q", got)
	}
	evening := time.Date(2027, 6, 19, 20, 5, 0, 0, time.UTC)
	if got := d.Date(evening); got != "Saturday 19 June 2027, 20:05" {
		t.Errorf("%q", got)
	}
	if got, err := d.Text("wait.loading.head"); err != nil || got != "One moment" {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{"", "wait", "wait.none", "wait.loading.head.more", "wait.beyond", "nowhere.at.all"} {
		if got, err := d.Text(name); err == nil {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestADictionaryThatLacksSomethingIsRefused(t *testing.T) {
	for name, change := range map[string]func(all map[string]any){
		"a direction":    func(all map[string]any) { all["dir"] = "up" },
		"a month":        func(all map[string]any) { all["format"].(map[string]any)["months"] = []string{"January"} },
		"a text unknown": func(all map[string]any) { all["mail"].(map[string]any)["more"] = "x" },
		"a plural form":  func(all map[string]any) { all["mail"].(map[string]any)["show"] = map[string]string{"other": "x"} },
		"a part":         func(all map[string]any) { delete(all, "seat") },
	} {
		var all map[string]any
		if err := json.Unmarshal(English().all(t), &all); err != nil {
			t.Fatal(err)
		}
		change(all)
		raw, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(raw); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}
