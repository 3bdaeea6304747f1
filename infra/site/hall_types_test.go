package site

import (
	"testing"

	"foyer/infra/test/browser"
)

// TestPriceTypes: who a seat is for is chosen beside the map, by thumb or by keyboard, and holds to the payment.
func TestPriceTypes(t *testing.T) {
	h := newHall(t, "hall-5000", 4)
	tab := browser.Start(t).Visitor(t)
	h.enter(tab)
	press(tab, ".wish .main")
	until(tab, "el.sale.hold.seats.length === 2 && $$('.hold select').length === 2")
	for _, one := range []struct{ pick, total string }{{"child", "€134"}, {"concession", "€160"}, {"child", "€134"}} {
		browser.Eval[any](tab, in("$('.hold select').focus()"))
		browser.Eval[any](tab, in("$('.hold select').value = '"+one.pick+"'"))
		browser.Eval[any](tab, in("void $('.hold select').dispatchEvent(new Event('change'))"))
		until(tab, "!el.sale.hold.busy && $('.hold .total b').textContent === '"+one.total+"'")
		until(tab, "r.activeElement === $('.hold select') && r.activeElement.value === '"+one.pick+"'")
		until(tab, "$('[role=status].unseen').textContent.includes('Total: "+one.total+".')")
	}
	if name := browser.Eval[string](tab, in("$('.hold select').getAttribute('aria-label')")); len(name) < 20 {
		t.Errorf("the choice is called %q", name)
	}
	h.enter(tab) // a reload
	until(tab, "$('.hold select') && $('.hold select').value === 'child' && $('.hold .total b').textContent === '€134'")
	press(tab, ".hold .main")
	until(tab, "$('dialog').open && $('dialog tbody').textContent.includes('Child')")
	until(tab, "$('dialog .sum').textContent === '€134'")
	press(tab, "dialog .quiet")
	press(tab, ".hold .quiet")
	until(tab, "el.sale.hold.seats.length === 0")

	browser.Eval[any](tab, in("void el.sale.load('st1')"))
	until(tab, "el.sale.venue.seat('st1-AD-2')")
	browser.Eval[any](tab, in("void el.sale.choose(el.sale.venue.seat('st1-AD-2'))"))
	until(tab, "$('.note').textContent.includes('sold with the wheelchair place beside it')")
	browser.Eval[any](tab, in("void el.sale.choose(el.sale.venue.seat('st1-AD-1'))"))
	holds(tab, 1)
	browser.Eval[any](tab, in("void el.sale.choose(el.sale.venue.seat('st1-AD-2'))"))
	holds(tab, 2)
	browser.Eval[any](tab, in("void el.sale.hold.at('st1-AD-2', 'carer')"))
	until(tab, "!el.sale.hold.busy && $('.hold .total b').textContent === '€69'")
}
