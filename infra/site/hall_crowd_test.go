package site

import (
	"testing"
	"time"

	"foyer/internal/sale/seatcount"
	"foyer/internal/sale/seatmap"
)

// others lets strangers choose seats, each one group.
func (h *hall) others(t testing.TB, groups ...[]string) {
	t.Helper()
	for _, seats := range groups {
		_, a := h.admits()
		if _, err := h.choice.ChooseAt(t.Context(), a, seats, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// sell takes seats for good.
func (h *hall) sell(t testing.TB, seats ...string) {
	t.Helper()
	if left, err := h.mem.Seats().House(t.Context(), "main", "sold", seats, false, time.Now()); err != nil ||
		len(left) > 0 {
		t.Fatal(left, err)
	}
}

// count counts the free seats, as the exchange does.
func (h *hall) count(t testing.TB) {
	t.Helper()
	store := h.mem.Seats()
	c := &seatcount.Counter{Seats: store, Maps: &seatmap.Maps{Store: store, Now: time.Now}, Board: store, Now: time.Now}
	if _, err := c.SeatsLeft(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
}

// crowded sells most of an arena, section by section: all, all but three, or some.
func (h *hall) crowded(t testing.TB) {
	t.Helper()
	o, err := h.mem.Seats().Overview(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range o.Sections {
		s, _ := h.mem.Seats().Section(t.Context(), "main", o, part.ID)
		var ids []string
		for _, row := range s.Rows {
			for _, one := range row.Seats {
				ids = append(ids, one.ID)
			}
		}
		gone := []int{len(ids), len(ids) - 3, len(ids) / 2, len(ids) / 10, 0}[i%5]
		if left, err := h.mem.Seats().House(t.Context(), "main", "sold", ids[:max(gone, 0)], false,
			time.Now()); err != nil ||
			len(left) > 0 {
			t.Fatal(left, err)
		}
	}
	h.count(t)
}

// wear marks a hall as one that has been on sale for a while: some seats of every row are gone, some are being chosen.
func (h *hall) wear(t testing.TB) {
	t.Helper()
	o, err := h.mem.Seats().Overview(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, part := range o.Sections {
		s, _ := h.mem.Seats().Section(t.Context(), "main", o, part.ID)
		for _, row := range s.Rows {
			for j, one := range row.Seats {
				i++
				switch (i*i + 7*j*j + i/9) % 11 {
				case 0, 1, 2, 3:
					h.sell(t, one.ID)
				case 4:
					if j%3 == 0 {
						h.others(t, []string{one.ID})
					}
				}
			}
		}
	}
}
