package site

import (
	"strings"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/problem"
)

// An order and its tickets that were opened once are shown where nothing answers, and where something answers that it
// can't: the page says which of the two it is.
func TestAnOrderIsShownWithoutAConnection(t *testing.T) {
	b := browser.Start(t)
	for name, page := range map[string]func(*purchase) string{
		"order": func(p *purchase) string { return p.page("") }, "ticket": (*purchase).tickets,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, tab := sold(t, "ready"), b.Visitor(t)
			number := p.order().Number
			tab.Open(page(p))
			tab.Sees("The Night Ferries")
			tab.Until(`'kept' in document.documentElement.dataset`)
			for _, busy := range []error{errDown, &problem.Error{Code: problem.Busy}} {
				p.fault("orders.Get", busy)
				tab.Reload()
				tab.Sees("isn’t responding at the moment")
				tab.Sees(number)
			}
			if strings.Contains(tab.Text(), "There is no connection") {
				t.Errorf("an answer is called none: %s", tab.Text())
			}
			p.CloseClientConnections()
			p.Close()
			tab.Reload()
			tab.Sees("There is no connection at the moment")
			tab.Sees(number)
			tab.Sees("The Night Ferries")
		})
	}
}
