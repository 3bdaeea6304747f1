package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

const sample = `package p

const isThere = "attribute_exists(part)"

func check(c claims, now int) error {
	if c.audience != "main" || c.issued > now {
		return errAudience
	}
	if err := open(c); err != nil {
		return err
	}
	if found, err := read(); err == nil && found == c.issued {
		use(found)
	}
	switch {
	case now > c.expires:
		return errExpired
	case now < c.issued && c.early:
		return nil
	}
	return nil
}

func holds(a, b int) bool { return a == 1 && b == 2 }

func same(a, b int) bool { return a == b }

func either(a, b int) bool { return a == 3 || b == 4 }

func least(a, b int) int { return min(a, 7) }

func nested(c claims) error {
	if c.foreign {
		if err := open(c); err != nil {
			return err
		}
	}
	err := read()
	if code(err) == gone {
		return err
	}
	if err != nil || c.none {
		return err
	}
	return nil
}

func write() {
	key := "SET a = :a"
	put(&input{
		Item: it, Update: &key, ConditionExpression: aws.String("attribute_not_exists(part) AND (a = :a OR b <= :b)"),
	})
	conditions := []string{isThere}
	x.ConditionExpression = aws.String(strings.Join(conditions, " AND "))
	before := expression.Name("version").Equal(expression.Value(7))
}
`

func TestEveryKindOfGuardIsFound(t *testing.T) {
	names, err := conditionNames(map[string][]byte{"p.go": []byte(sample)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := guardsOf("p.go", []byte(sample), names)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"attribute_exists(part)", `c.audience != "main"`, "c.issued > now", "c.issued > now (at its bound)", "err := open(c)",
		"found == c.issued", "now > c.expires", "now > c.expires (at its bound)", "now < c.issued",
		"now < c.issued (at its bound)", "c.early", "a == 1", "b == 2", "a == b", "a == 3", "b == 4", "c.foreign",
		"err := open(c)", "code(err) == gone", "attribute_not_exists(part)", "(a = :a OR b <= :b)",
		"(a = :a OR b <= :b) (at its bound)",
		`expression.Name("version").Equal(expression.Value(7))`,
	}
	var got []string
	for _, g := range f.guards {
		got = append(got, g.text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "p.go", f.switched, 0); err != nil {
		t.Errorf("%v\n%s", err, f.switched)
	}
	for _, part := range []string{
		"var /*const*/ isThere = zzguard.Text(",
		`zzguard.Not("` + f.guards[1].key() + `", c.audience != "main") || zzguard.Not(`,
		`zzguard.Bound("` + f.guards[3].key() + `", c.issued > now, c.issued, now)`,
		`zzguard.Yes("` + f.guards[11].key() + `", a == 1) && zzguard.Yes(`,
		`"attribute_not_exists(part) AND (a = :a OR b < :b)"`,
		`"attribute_not_exists(part) AND ((a = :a OR b <= :b) OR attribute_not_exists(zzguard))"`,
	} {
		if !strings.Contains(string(f.switched), part) {
			t.Errorf("the switched source lacks %s:\n%s", part, f.switched)
		}
	}
	if id := f.guards[6].id(); id != "p.go check: now > c.expires" {
		t.Errorf("id %q", id)
	}
}

func TestAReasonIsForAGuardThatIsThere(t *testing.T) {
	all := []guard{{file: "p.go", in: "check", text: "a == 1"}}
	if id, found := groundless(map[string]string{"p.go check: a == 1": "spares a read"}, all); found {
		t.Errorf("%s isn't there", id)
	}
	if id, found := groundless(map[string]string{"p.go check: a == 2": "spares a read"}, all); !found {
		t.Errorf("%q is taken for a guard", id)
	}
}

// What noticed is the test that failed, and of its subtests the one that did.
func TestTheDeepestTestNoticed(t *testing.T) {
	for out, want := range map[string]string{
		"--- FAIL: TestA (1s)\n    --- FAIL: TestA/b (1s)\n        --- FAIL: TestA/b/c (1s)\n" +
			"    --- FAIL: TestA/d (0s)\n": "TestA/b/c",
		"--- FAIL: TestA (1s)\n--- FAIL: TestB (1s)\n": "TestA", "panic: oh\n": "panic: oh", "": "a time limit",
	} {
		if got := noticer(out); got != want {
			t.Errorf("%q: %q, want %q", out, got, want)
		}
	}
	if got := pattern([]string{"TestA/b c", "TestB"}); got != "^TestA$/^b c$|^TestB$" {
		t.Error(got)
	}
}

// A failure that doesn't come again, or comes with every guard as well, is no sign that a guard is off.
func TestOnlyAFailureThatComesAgainIsNoticed(t *testing.T) {
	named, nameless := "--- FAIL: TestB (1s)\n", ""
	for name, c := range map[string]struct {
		off  []string // what the runs without the guard say, each failing; "ok": that they pass
		on   bool     // whether the tests pass with every guard
		want string
		err  error
	}{
		"passes":                        {off: []string{"ok"}},
		"fails twice":                   {off: []string{named, named}, on: true, want: "TestB"},
		"fails only beside other tests": {off: []string{named, "ok", named}, on: true, want: "TestB"},
		"failed once":                   {off: []string{named, "ok", "ok"}, on: true, err: errUnsure},
		"fails with every guard":        {off: []string{named}, err: errUnsure},
		"ended twice":                   {off: []string{nameless, nameless}, on: true, want: "a time limit"},
		"ended once":                    {off: []string{nameless, "ok", "ok"}, on: true, err: errUnsure},
		"ended with every guard":        {off: []string{nameless}, err: errUnsure},
	} {
		says := func(out string) outcome { return outcome{out: out, ok: out == "ok"} }
		off := func([]string) outcome {
			o := says(c.off[0])
			c.off = c.off[1:]
			return o
		}
		by, err := notices(off, func([]string) bool { return c.on }, []string{"TestA", "TestB"})
		if by != c.want || !errors.Is(err, c.err) || len(c.off) > 0 {
			t.Errorf("%s: %q, %v, and %d runs are left", name, by, err, len(c.off))
		}
	}
}

// A guard decides in the test that runs, or in what is around its subtests; a long test is judged by these.
func TestWhatDecidesInWhichTest(t *testing.T) {
	mark := func(n int) string { return fmt.Sprintf("\x17%012d\n", n) }
	said := mark(1) + "\x16=== RUN   TestA\n\x16=== PAUSE TestA\n\x16=== RUN   TestB\n" + mark(2) +
		"printed\x16--- PASS: TestB (0.10s)\n\x16=== CONT  TestA\n" + mark(3) +
		"\x16=== RUN   TestA/x/y\n\x16=== PAUSE TestA/x/y\n\x16=== RUN   TestA/z\n\x16=== PAUSE TestA/z\n" + mark(4) +
		"\x16=== CONT  TestA/z\n" + mark(5) + "\x16=== CONT  TestA/x/y\n\x16--- PASS: TestA/z (1.00s)\n" + mark(6) + mark(6) +
		"\x16--- PASS: TestA/x/y (1.50s)\n" + mark(7) + "\x16--- PASS: TestA (0.00s)\n" +
		"\x16=== RUN   TestC\n\x16=== RUN   TestC/d\n" + mark(8) +
		"\x16--- FAIL: TestC/d (0.00s)\n\x16--- FAIL: TestC (0.00s)\n"
	got := ""
	for _, one := range testsOf(said) {
		got += fmt.Sprint(one.Name, " ", one.Took, " ", one.Failed)
		for _, key := range one.Decided {
			got += " " + strings.TrimLeft(key, "0")
		}
		got += "\n"
	}
	want := "TestA/x/y 1.5s false 1 3 4 7 6\nTestA/z 1s false 1 3 4 7 5\nTestB 100ms false 1 2\nTestC 0s true 1 8\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

const sampleScript = `import { a } from './shared.js';
export async function handler(event) {
  if (!a || !(await known(event))) return null;
  keep(event.headers, /^x/);
  const name = event.name || '';
  return event.ok && !event.late ? name : null;
}
function late(at) { return at > now + SKEW; }
`

func TestEveryKindOfGuardOfAScriptIsFound(t *testing.T) {
	guards, err := guardsOfScript("a.js", []byte(sampleScript))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range guards {
		got = append(got, g.text)
	}
	want := []string{"!a", "!(await known(event))", "keep(event.headers, /^x/)", "event.ok", "!event.late",
		"at > now + SKEW", "at > now + SKEW (at its bound)"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if text := string(guards[1].source); !strings.Contains(text, "if (!a || (false)) return null;") {
		t.Error(text)
	}
	if text := string(guards[6].source); !strings.Contains(text, "{ return (at >= now + SKEW); }") {
		t.Error(text)
	}
	if text := string(guards[3].source); !strings.Contains(text, "return (true) && !event.late ? name : null;") {
		t.Error(text)
	}
}
