package site

import (
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

// grow loads the hall's map anew with one more section, a standing area.
func (h *hall) grow(t *testing.T) {
	t.Helper()
	store := h.mem.Seats()
	stored, err := venue.Read(t.Context(), store, "main")
	if err != nil {
		t.Fatal(err)
	}
	v := stored.Venue
	lawn := venue.Section{
		ID: "lawn", Name: "The Lawn", Kind: venue.Standing, Category: v.Categories[0].ID, Capacity: 40,
		Outline: []venue.Point{{X: -4, Y: 30}, {X: 4, Y: 30}, {X: 4, Y: 34}, {X: -4, Y: 34}},
	}
	v.Sections = append(v.Sections, lawn)
	loader := &seatmap.Loader{Zones: h.mem.Zones(), Seats: store, Maps: store, Now: time.Now}
	if _, err := loader.Load(t.Context(), "main", v); err != nil {
		t.Fatal(err)
	}
	h.seats.Maps = &seatmap.Maps{Store: store, Now: time.Now} // as when what it remembered is over
}

// An open map shows a section that is added during the sale, and keeps what its visitor does.
func TestAnOpenMapGrows(t *testing.T) {
	t.Parallel()
	h := newHall(t, "theatre-300", 4)
	tab := browser.Start(t).Visitor(t)
	h.enter(tab)
	press(tab, ".wish .main")
	until(tab, "el.sale.hold.seats.length === 2")
	press(tab, ".tabs button:last-child")
	until(tab, "$$('.list details').length === el.sale.venue.sections.size")
	press(tab, ".list summary")
	browser.Eval[any](tab, in("$('.list details').setAttribute('kept', '')"))
	until(tab, "$('.list .line button')")
	browser.Eval[any](tab, in("$('.list .line button[tabindex=\"0\"]').focus()"))
	h.grow(t)
	// A browser keeps the map that it has for half a minute.
	until(tab, "(el.sale.counts.wake(), [...$$('.list summary')].some((s) => s.textContent.includes('The Lawn')))")
	until(tab, "$('.list details[kept]') && $('.list details[kept]').open && r.activeElement.closest('.line')")
	until(tab, "el.sale.hold.seats.length === 2 && $('.hold .total b').textContent.includes('€')")
	press(tab, ".tabs button:first-child")
	press(tab, ".whole")
	until(tab, "[...$$('svg .name text')].some((s) => s.textContent.includes('Lawn'))")
}
