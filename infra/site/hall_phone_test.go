package site

import (
	"fmt"
	"testing"

	"foyer/infra/test/browser"
)

// finger taps a seat's place on the map.
func finger(tab *browser.Tab, id string) {
	x, y := point(tab, id)
	browser.Eval[any](tab, in(fmt.Sprintf(`void ['pointerdown', 'pointerup', 'pointerleave'].forEach((type) =>
		el.box.dispatchEvent(new PointerEvent(type, {pointerId: 3, pointerType: 'touch', bubbles: true,
			clientX: %v, clientY: %v})))`, x, y)))
}

// byThumb chooses a seat on a phone.
func byThumb(t *testing.T, h *hall, tab *browser.Tab) {
	tab.Look(browser.Look{Width: 320, Height: 568})
	h.enter(tab)
	const id = "stalls-C-9"
	until(tab, "el.sale.venue.sections.size > 3")
	browser.Eval[any](tab, in(`void el.sale.load("stalls")`))
	until(tab, fmt.Sprintf("el.sale.venue.seat(%q)", id))
	finger(tab, id)
	until(tab, fmt.Sprintf("el.sale.venue.seat(%q).of.pitch * el.map.camera.k >= 27.4 && !el.map.moving", id))
	until(tab, "$('.here').textContent.includes('row') && !$('.under svg').classList.contains('none')")
	finger(tab, id)
	until(tab, "!$('.tip').hidden && $('.tip').textContent.includes('Tap again') && /€\\d/.test($('.tip').textContent)")
	section := browser.Eval[string](tab, in("el.sale.venue.sections.get('stalls').name"))
	until(tab, fmt.Sprintf("$('.tip').textContent.includes(%q)", section+", row C, seat 9"))
	if asked := h.made("POST seats"); asked != 0 {
		t.Fatal("the first tap asked for the seat")
	}
	finger(tab, id)
	holds(tab, 1)
	until(tab, "$('.own circle').getBoundingClientRect().bottom <= $('.hold').getBoundingClientRect().top")

	// What is said stands above one's seats, the buttons beside the map, and nothing is wider than the screen.
	browser.Eval[any](tab, in("void el.sale.on.say('limit', {limit: 1, bought: 0})"))
	until(tab, "!$('.note').hidden && $('.note').getBoundingClientRect().bottom <= $('.hold').getBoundingClientRect().top")
	until(tab, "$('.zoom').getBoundingClientRect().bottom <= el.box.getBoundingClientRect().top")
	until(tab, "document.documentElement.scrollWidth <= innerWidth")
	browser.Eval[any](tab, "void scrollTo(0, document.documentElement.scrollHeight)")
	until(tab, "$('.legend').getBoundingClientRect().bottom <= $('.hold').getBoundingClientRect().top")

	// At 400 % little of a screen is left: nothing lies over the rest.
	tab.Look(browser.Look{Width: 320, Height: 225})
	until(tab, "getComputedStyle($('.hold')).position === 'static' && document.documentElement.scrollWidth <= innerWidth")
}
