package site

import (
	"testing"

	"foyer/infra/test/browser"
)

// TestASoldOutHallSaysSo: the last seats go while somebody looks, and a buyer who asks for more reads why there are
// none.
func TestASoldOutHallSaysSo(t *testing.T) {
	h := newHall(t, "theatre-300", 4)
	tab := browser.Start(t).Visitor(t)
	h.enter(tab)
	sellOut(t, h)
	until(tab, "el.sale.gone()")
	press(tab, ".wish .main")
	until(tab, "$('.note').textContent.includes('Every seat is taken at the moment')")
}

// sellOut sells every seat.
func sellOut(t *testing.T, h *hall) {
	t.Helper()
	o, err := h.mem.Seats().Overview(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range o.Sections {
		section, err := h.mem.Seats().Section(t.Context(), "main", o, part.ID)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, row := range section.Rows {
			for _, one := range row.Seats {
				all = append(all, one.ID)
			}
		}
		h.sell(t, all...)
	}
}
