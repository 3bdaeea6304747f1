package site

import (
	"strings"
	"testing"

	"foyer/infra/test/browser"
)

// The pages of the sale as axe-core sees them: map, list and checkout, by day and by night, on phone and desk.
func TestSalePagesHaveNoBarriers(t *testing.T) {
	b := browser.Start(t)
	looks := []struct {
		name string
		browser.Look
	}{
		{"a phone by day", browser.Look{Width: 390, Height: 844, Still: true}},
		{"a phone by night", browser.Look{Width: 390, Height: 844, Dark: true, Still: true}},
		{"a desk by night", browser.Look{Width: 1280, Height: 800, Dark: true, Still: true}},
		{"a desk by day", browser.Look{Width: 1280, Height: 800, Still: true}},
	}
	for _, name := range []string{"map-near", "map-soon", "map-list", "map-checkout", "map-taken", "map-arena",
		"order-pay", "order-ready"} {
		t.Run(name, func(t *testing.T) {
			tab := b.Visitor(t)
			tab.Look(looks[0].Look)
			saleScenes[name](t, tab)
			for _, look := range looks {
				tab.Look(look.Look)
				for _, fault := range browser.Audit(t, tab) {
					t.Errorf("on %s: %.400s", look.name, fault)
				}
			}
		})
	}
}

// An audit that finds nothing may be blind: this one has to find a button without a name, inside the map's shadow.
func TestTheAuditSeesIntoTheMap(t *testing.T) {
	tab := browser.Start(t).Visitor(t)
	newHall(t, "theatre-300", 4).enter(tab)
	browser.Eval[any](tab, "void "+shadow+".querySelector('.side').append(document.createElement('button'))")
	faults := strings.Join(browser.Audit(t, tab), "\n")
	if !strings.Contains(faults, "button-name at foyer-seats") {
		t.Errorf("found %q", faults)
	}
}
