package rules_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/room/rules"
)

// table is testdata/rules/decisions.json: infra/edge holds the gate to it.
func table(t *testing.T) (sets []struct {
	Name, Rules string
	Cases       []struct {
		Ask, Want string
		Rule      int
	}
},
) {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/rules/decisions.json")
	if err == nil {
		err = json.Unmarshal(text, &sets)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

func must(t *testing.T, text string) []rules.Rule {
	t.Helper()
	list, err := rules.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDecisions(t *testing.T) {
	for _, set := range table(t) {
		list := must(t, set.Rules)
		if err := (rules.Set{Hosts: map[string][]rules.Rule{rules.MainHost: list}}).Validate("main"); err != nil &&
			set.Name != "a host of its own zone" {
			t.Errorf("%s: %v", set.Name, err)
		}
		for _, c := range set.Cases {
			method, path, _ := strings.Cut(c.Ask, " ")
			d := rules.Decide(list, "main", method, path)
			got := string(d.Kind)
			if d.Kind == rules.Queued {
				got = d.Zone
			}
			if got != c.Want || d.Rule != c.Rule || d.Why == "" {
				t.Errorf("%s, %s: %+v, want %s by rule %d", set.Name, c.Ask, d, c.Want, c.Rule)
			}
		}
	}
}

func TestWhatIsNoRuleIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"open":                 `line 1, "open": a rule is`,
		"\n\nopen GET /a b":    `line 3, "open GET /a b": a rule is`,
		"VIP /a":               `"VIP" can't be a zone`,
		"open FETCH /a":        `"FETCH" is none of the methods`,
		"open get /a":          `"get" is none of the methods`,
		"open a":               "must begin with /",
		"open /a*b*":           "one * at most",
		"open /a%20b":          "signs as they are read",
		"open /a?b=1":          "signs as they are read",
		"open /café":           "signs as they are read",
		"open /a//b":           "without //",
		"open /a/../b":         "without //",
		"open /foyer/site/*":   "Foyer's own",
		"open /ws":             "Foyer's own",
		"open /Foyer/x":        "Foyer's own",
		"open /a\nvip a # why": `line 2, "vip a"`,
	} {
		_, err := rules.Parse(text)
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if list := must(t, "# nothing\n  \n"); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestRulesThatContradictOrAreTooManyAreNamed(t *testing.T) {
	many := strings.Repeat("open /a\n", 25)
	long := ""
	for _, c := range "abcdefghij" {
		long += "open /" + strings.Repeat(string(c), 100) + "\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"the same path twice":          {"open /a\nvip /a", `rule 2, "vip /a", contradicts rule 1, "open /a"`},
		"a path below another":         {"open /a/*\nvip /a/b", `rule 2, "vip /a/b", contradicts rule 1, "open /a/*"`},
		"a pattern within another":     {"vip /a*\nopen /a*b", "contradicts rule 1"},
		"two that differ in case":      {"open /Hooks/*\nvip /hooks/a", "contradicts rule 1"},
		"one method of all":            {"vip /a\nopen GET /a", "contradicts rule 1"},
		"one that never applies":       {"open /a/*\nopen POST /a/b", `rule 2, "open POST /a/b", never applies`},
		"some of the methods":          {"open GET,POST /a\nvip POST /a", "contradicts rule 1"},
		"HEAD goes with GET":           {"open GET /a\nvip HEAD /a", "contradicts rule 1"},
		"the third against the second": {"open /a\nvip /b*\nopen /bb", "rule 3, \"open /bb\", contradicts rule 2"},
		"too many":                     {many, "there are 25 rules, and 24 at most"},
		"too long":                     {long, "the rules take 1"},
	} {
		set := rules.Set{Hosts: map[string][]rules.Rule{rules.MainHost: must(t, c.text)}}
		err := set.Validate("main")
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for _, text := range []string{
		"open POST /a\nvip /a", "vip /a/b\nopen /a/*", "open GET /a\nvip POST /a", "open /a*b\nvip /a*", "open /a\nvip /a/",
	} {
		set := rules.Set{Hosts: map[string][]rules.Rule{rules.MainHost: must(t, text)}}
		if err := set.Validate("main"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAZoneQueuesOnOneHost(t *testing.T) {
	for name, c := range map[string]struct{ main, other, want string }{
		"a zone on two hosts":        {"vip /vip", "vip /*", "zone vip would queue on the main host and on b.example"},
		"the default zone elsewhere": {"", "main /*", "zone main would queue on the main host and on b.example"},
		"a host that isn't closed":   {"", "vip /vip", `b.example: the last rule must be for "/*"`},
		"closed for some methods":    {"", "vip GET /*", `the last rule must be for "/*"`},
		"one of its own":             {"open /a", "open POST /hook\nvip /*", ""},
		"open altogether":            {"", "open /*", ""},
		"no rules any more":          {"", "", ""},
	} {
		set := rules.Set{Hosts: map[string][]rules.Rule{
			rules.MainHost: must(t, c.main), "b.example": must(t, c.other),
		}}
		err := set.Validate("main")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheEdgesValue(t *testing.T) {
	list := must(t, "open POST /hooks/*\nvip /a")
	got := rules.Value(3, list)
	if want := `{"v":3,"r":["/ POST /hooks/*","vip * /a"]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for stored, want := range map[string][2]bool{
		got: {false, true}, rules.Value(2, list): {false, true}, rules.Value(4, list): {true, true},
		rules.Value(3, nil): {false, false}, "": {false, false}, "{}": {false, false}, `{"v":4,"r":5}`: {false, false},
	} {
		if behind, same := rules.Behind(stored, got); [2]bool{behind, same} != want {
			t.Errorf("%s: behind %v, same %v", stored, behind, same)
		}
	}
	if behind, same := rules.Behind(got, `{"v":2,"r":5}`); behind || same {
		t.Errorf("of what can't be read: behind %v, same %v", behind, same)
	}
	if _, same := rules.Behind(`{"v":3}`, rules.Value(3, nil)); same {
		t.Error("a value without rules holds none")
	}
	if rules.Value(1, nil) != `{"v":1,"r":[]}` {
		t.Error(rules.Value(1, nil))
	}
}
