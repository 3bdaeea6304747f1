package main

import (
	"strings"
	"testing"
)

const sample = `package p

func check(c claims, now int) error {
	if c.audience != "main" {
		return errAudience
	}
	if err := open(c); err != nil {
		return err
	}
	switch {
	case now > c.expires:
		return errExpired
	case now < c.issued:
		return nil
	}
	return nil
}

func holds(a, b int) bool { return a == 1 && b == 2 }

func write() {
	put(&input{Item: it, ConditionExpression: aws.String("attribute_not_exists(part)")})
	holds = append(holds, key.Equal(a))
}
`

func TestEveryKindOfGuardIsFound(t *testing.T) {
	guards, err := guardsOf("p.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`c.audience != "main"`, "now > c.expires", "a == 1", "b == 2",
		`aws.String("attribute_not_exists(part)")`, "holds = append(holds, key.Equal(a))",
	}
	if len(guards) != len(want) {
		t.Fatalf("%d guards: %v", len(guards), guards)
	}
	for i, g := range guards {
		if g.text != want[i] {
			t.Errorf("guard %d is %v, want %s", i, g, want[i])
		}
	}
	if out := string(guards[0].without([]byte(sample))); !strings.Contains(out, `if false && (c.audience != "main") {`) {
		t.Errorf("without the first:\n%s", out)
	}
	if id := guards[1].id(); id != "p.go check: now > c.expires" {
		t.Errorf("id %q", id)
	}
}
