package home_test

import (
	"fmt"
	"testing"

	"foyer/infra/test/browser"
	"foyer/infra/topology"
	"foyer/internal/room/zone"
)

// The page in a real browser: what it shows, and what pressing does.
func TestThePage(t *testing.T) {
	h, server := newDemo(t)
	status := zone.Status{Zone: topology.DefaultZone, Version: 1, Waiting: 1234, Live: 5, Inside: 3}
	if err := h.Zones().SaveStatus(t.Context(), status); err != nil {
		t.Fatal(err)
	}
	tab := browser.Start(t).Visitor(t)
	tab.Open(server.URL)
	tab.Until(`document.getElementById('waiting').textContent === '1,234'`)
	tab.Sees("The Night Ferries")
	if href := browser.Eval[string](tab, `document.getElementById('join').href`); href != h.door+"/" {
		t.Errorf("join leads to %s", href)
	}

	tab.Click(`button[data-state=paused]`)
	tab.Until(`document.getElementById('state').textContent === 'Paused'`)
	tab.Click(`button[data-when=reply]`)
	tab.Click(`#f-admit button`)
	tab.Sees("admit will be killed before its next reply")
	if fmt.Sprint(h.killed) != "[admit reply]" {
		t.Errorf("killed %v", h.killed)
	}
	tab.Click(`#send`)
	tab.Until(`Number(document.getElementById('tally-arrived')?.textContent) > 0`)
	tab.Click(`#end`)
	tab.Until(`!document.getElementById('send').hidden`)

	tab.Until(`document.getElementById('seats-left').textContent === '250'`)
	tab.Sees("€1,235") // what the ledger holds
	tab.Until(
		`document.querySelector('.bar .sold').style.flexBasis === '10%' && document.getElementById('buyers').value === '3'`,
	)
	tab.Click(`button[data-mood=down]`)
	tab.Until(`document.querySelector('[data-mood=down]').ariaPressed === 'true'`)
	tab.Click(`button[data-venue=theatre]`)
	tab.Click(`#next`)
	tab.Until(`document.getElementById('sale-lead').textContent === 'theatre, 300 seats · night 2'`)
	if href := browser.Eval[string](tab, `document.getElementById('join').href`); href != h.door+"/z/night-2/" {
		t.Errorf("join leads to %s after the next sale began", href)
	}

	for _, look := range []browser.Look{{Width: 320, Height: 700}, browser.Phone, {Width: 800, Height: 900},
		browser.Desktop} {
		tab.Look(look)
		if browser.Eval[bool](tab, "document.documentElement.scrollWidth > innerWidth") {
			t.Errorf("at a width of %d, one must scroll sideways", look.Width)
		}
	}
	if errors := tab.Errors(); len(errors) > 0 {
		t.Errorf("the page complains: %q", errors)
	}
	for name, dark := range map[string]bool{"no barriers by day": false, "no barriers by night": true} {
		t.Run(name, func(t *testing.T) {
			tab.Look(browser.Look{Width: 1280, Height: 900, Dark: dark, Still: true})
			if faults := browser.Audit(t, tab); len(faults) > 0 {
				t.Errorf("%d faults: %.900q", len(faults), faults)
			}
		})
	}
}
