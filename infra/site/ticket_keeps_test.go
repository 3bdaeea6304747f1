package site

import (
	"testing"

	"foyer/infra/test/browser"
)

// A ticket page that was opened once shows its codes where nothing answers, after a reload too, and never those of a
// link that is wrong.
func TestTicketsAreShownWithoutAConnection(t *testing.T) {
	p, tab := sold(t, "ready"), browser.Start(t).Visitor(t)
	tab.Open(p.tickets())
	tab.Sees("Here are your 2 tickets")
	tab.Until(`'kept' in document.documentElement.dataset`)
	const codes = `[...document.querySelectorAll('.code svg path')].map((p) => p.getAttribute('d')).join()`
	before := browser.Eval[string](tab, codes)
	p.CloseClientConnections()
	p.Close()
	tab.Reload()
	tab.Sees("There is no connection")
	tab.Sees("Harbour Hall")
	if after := browser.Eval[string](tab, codes); after != before || len(after) < 2000 {
		t.Error("the codes are others")
	}
	tab.Open("about:blank")
	tab.Open(p.tickets() + "x")
	tab.Sees("look up your tickets")
	if browser.Eval[bool](tab, `!!document.querySelector('.code')`) {
		t.Error("a wrong link shows a code")
	}
	if scopes := browser.Eval[string](tab,
		`navigator.serviceWorker.getRegistrations().then((all) => all.map((r) => new URL(r.scope).pathname).join())`,
	); scopes != Prefix+"ticket/" {
		t.Errorf("workers stand before %s", scopes)
	}
}

// Two tickets on every usual paper: none is cut, the code can be scanned, and no sheet is wasted.
func TestTicketsArePrinted(t *testing.T) {
	p, tab := sold(t, "ready"), browser.Start(t).Visitor(t)
	tab.Open(p.tickets())
	tab.Sees("Here are your 2 tickets")
	for name, paper := range map[string]struct {
		width, height float64
		sheets        int
	}{
		"A4": {210, 297, 1}, "letter": {216, 279, 1}, "A5": {148, 210, 1}, "A6": {105, 148, 2},
	} {
		if got := tab.Print(paper.width, paper.height); got > paper.sheets || got == 0 {
			t.Errorf("%s: %d sheets, not %d", name, got, paper.sheets)
		}
		tab.Paper(int64(paper.width) - 20)
		if cut := browser.Eval[bool](tab, `[document.documentElement, ...document.querySelectorAll('.ticket *')].
			some((n) => n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0 && !(n instanceof SVGElement))`); cut {
			t.Errorf("%s: something is cut", name)
		}
		side := browser.Eval[float64](tab, `document.querySelector('.code svg').getBoundingClientRect().width * 25.4 / 96`)
		if side < 45 {
			t.Errorf("%s: the code is %.0f mm wide", name, side)
		}
		tab.Paper(0)
	}
}
