package checkout_test

import (
	"fmt"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
	"foyer/internal/testkit/known"
)

// loads replaces the hall by rows of a section each, all of one price.
func (w *world) loads(price int64, rows ...[]venue.Seat) {
	w.Helper()
	v := venue.Venue{Name: "The Shed", Currency: "EUR", Categories: []venue.Category{{ID: "a", Name: "A", Price: price}}}
	for _, seats := range rows {
		v.Sections = append(v.Sections, venue.Section{
			ID: venue.SectionOf(seats[0].ID), Name: "Stalls", Kind: venue.Seated, Category: "a",
			Outline: []venue.Point{{X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}}, Rows: []venue.Row{{ID: "1", Seats: seats}},
		})
	}
	w.must(v.Validate())
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
}

// row is a row of n seats of a section.
func row(section string, n int) (seats []venue.Seat) {
	for i := range n {
		seats = append(seats, venue.Seat{ID: fmt.Sprintf("%s-1-%d", section, i+1), X: float64(i), Y: 1})
	}
	return seats
}

func TestKnownACompanionsSeatIsSoldWithoutTheWheelchairPlace(t *testing.T) {
	known.Fault(t, "a companion's seat can be chosen without the accessible seat beside it")
	w := newWorld(t, 1)
	seats := row("A", 3)
	seats[0].Accessible, seats[1].Companion = true, true
	w.loads(5000, seats)
	if _, err := w.sale.Choose(w.ctx, w.buyers[0], []string{"A-1-2"}); err == nil {
		t.Error("the companion's seat is locked alone")
	}
}

func TestKnownAChoiceByHandLeavesASingleSeat(t *testing.T) {
	known.Fault(t, "seats chosen by hand may leave a single free seat between others")
	w := newWorld(t, 1)
	w.loads(5000, row("A", 3))
	if _, err := w.sale.Choose(w.ctx, w.buyers[0], []string{"A-1-2"}); err == nil {
		t.Error("a single seat is left on either side")
	}
}

func TestAWishThatNothingFitsIsCooledDown(t *testing.T) {
	w := newWorld(t, 1)
	var rows [][]venue.Seat
	for n := range 100 {
		rows = append(rows, row(fmt.Sprint("S", n), 1))
	}
	w.loads(5000, rows...)
	reads := 0
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "seats.Snapshot" {
			reads++
		}
		return memsale.Fault{}
	}
	for range 100 {
		if _, err := w.sale.Best(w.ctx, w.buyers[0], venue.Wish{N: 2}); problem.CodeOf(err) == problem.Cooling {
			return
		}
	}
	t.Errorf("a hundred wishes in an instant make %d consistent reads of sections", reads)
}
