package stack_test

import (
	"maps"
	"os"
	"testing"

	"foyer/internal/plan"
)

// The resources that cost while nobody uses them are those that foyerctl plan --idle counts, and they cost little.
func TestAnIdleMonthCostsLittle(t *testing.T) {
	s, found := app(t), map[string]plan.Resources{}
	for name, templates := range map[string][][]byte{
		"everything":   {pretty(t, s.template)},
		"waiting room": {pretty(t, s.alone.template), pretty(t, s.elsewhere.template), pretty(t, s.firewall.template)},
	} {
		counted, err := plan.Count(templates...)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = counted
	}
	const file = "../../internal/plan/idle.json"
	if *update {
		if err := os.WriteFile(file, pretty(t, found), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for name, c := range map[string]struct {
		sale bool
		most float64
	}{"everything": {true, 25}, "waiting room": {false, 15}} {
		if known := plan.Deployed(c.sale); !maps.Equal(known, found[name]) {
			t.Errorf("%s: %s says %v, the templates %v: go test ./infra/stack -update", name, file, known, found[name])
		}
		costs, total := plan.Idle(found[name])
		if total >= c.most {
			t.Errorf("%s: $%.2f a month, want less than $%.0f: %+v", name, total, c.most, costs)
		}
		t.Logf("%s: $%.2f a month without an open zone", name, total)
	}
}
