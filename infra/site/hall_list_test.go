package site

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"foyer/infra/test/browser"
)

// inWords takes a party's seats by keyboard alone: the map's first stop of Tab is the list, in which rows offer the
// first seats that fit.
func inWords(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	focused := in("(r.activeElement && (r.activeElement.getAttribute('aria-label') || r.activeElement.textContent)) || ''")
	for range 3 { // past what the page has before the map
		if tab.Press(kb.Tab); browser.Eval[string](tab, focused) != "" {
			break
		}
	}
	if at := browser.Eval[string](tab, focused); at != "Choose from a list" {
		t.Errorf("the first stop of Tab is %q", at)
	}
	tab.Press(kb.Enter)
	until(tab, "r.activeElement.textContent.includes('Stalls')")
	tab.Press(kb.Enter)
	until(tab, "$$('.row button').length > 50")
	until(tab, "$$('.row .take:not([hidden])').length === 0")
	const sizes = "(() => { const s = $('.list select'); s.focus(); return s.options.length })()"
	if n := browser.Eval[int](tab, in(sizes)); n != 4 {
		t.Errorf("%d sizes of a party, of a buyer who may have 4 seats", n)
	}
	tab.Press("3")
	until(tab, "$$('.row .take:not([hidden])').length > 3")
	for range 3 {
		tab.Press(kb.Tab)
		if strings.HasPrefix(browser.Eval[string](tab, focused), "Choose row") {
			break
		}
	}
	tab.Press(kb.ArrowDown)
	at := browser.Eval[string](tab, focused)
	if !strings.HasPrefix(at, "Choose row B, seats ") || !strings.Contains(at, "€") {
		t.Fatalf("focus is on %q", at)
	}
	tab.Press(" ")
	holds(tab, 3)
	until(tab, "$('[role=status]').textContent.includes('row B, seat')")
}
