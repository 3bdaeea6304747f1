package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

// loads replaces the hall by rows of a section each, all of one price.
func (w *world) loads(price int64, orphans venue.Orphans, rows ...[]venue.Seat) {
	w.Helper()
	v := venue.Venue{Name: "The Shed", Currency: "EUR", Categories: []venue.Category{{ID: "a", Name: "A", Price: price}}}
	v.Orphans = orphans
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

// choices lets a buyer make choices one after the other, each of the last parts of seats' ids, and checks what comes of
// each.
func (w *world) choices(a token.Access, tries ...[2]string) {
	w.Helper()
	for _, try := range tries {
		var seats []string
		for _, n := range strings.Fields(try[0]) {
			seats = append(seats, "A-1-"+n)
		}
		_, err := w.sale.Choose(w.ctx, a, seats)
		var refused *problem.Error
		if errors.As(err, &refused); err == nil && try[1] != "" || err != nil && refused.Field != try[1] {
			w.Errorf("%s: %v, want %q", try[0], err, try[1])
		}
	}
}

func TestACompanionsSeatIsSoldWithTheWheelchairPlace(t *testing.T) {
	w := newWorld(t, 1)
	seats := row("A", 6)
	seats[0].Accessible, seats[1].Companion, seats[2].Companion, seats[5].Accessible = true, true, true, true
	w.loads(5000, "", seats)
	w.choices(w.buyers[0], [][2]string{
		{"2", "companion"}, {"2 3", "companion"}, {"1 3", "companion"}, {"3 6", "companion"}, {"1 2", ""}, {"2", "companion"},
		{"1 2 3", ""}, {"1", ""}, {"4 5", ""}, {"", ""},
	}...)
}

// Who has bought the wheelchair place may come back for the companion's seat, and nobody else.
func TestACompanionMayComeLater(t *testing.T) {
	w := newWorld(t, 2)
	w.service.Bought = func(context.Context, string, queue.VisitorID, string) error { return nil } // they stay inside
	seats := row("A", 3)
	seats[0].Accessible, seats[1].Companion = true, true
	w.loads(5000, "", seats)
	w.choices(w.buyers[0], [2]string{"1", ""})
	w.buys("1")
	w.choices(w.buyers[1], [][2]string{{"2", "companion"}, {"2 3", "companion"}, {"3", ""}}...)
	w.choices(w.buyers[0], [2]string{"2", ""})
}

func TestAChoiceByHandLeavesNoSingleSeat(t *testing.T) {
	w := newWorld(t, 2)
	w.loads(5000, venue.RefuseOrphans, row("A", 7))
	w.choices(w.buyers[0], [][2]string{
		{"2", "orphan"}, {"6", "orphan"}, {"1 3", "orphan"}, {"3", ""}, {"3 4 5", ""}, {"3 5", "orphan"}, {"", ""},
		{"3 4", ""},
	}...)
	w.choices(w.buyers[1], [][2]string{{"6", "orphan"}, {"1", ""}, {"1 2", ""}, {"5 6", ""}, {"5 6 7", ""}}...)
	w.choices(w.buyers[0], [2]string{"", ""})
	w.choices(w.buyers[1], [][2]string{{"5 6", ""}, {"", ""}}...)
}

func TestWithoutTheRuleASingleSeatMayBeLeft(t *testing.T) {
	w := newWorld(t, 1)
	w.loads(5000, "", row("A", 3))
	w.choices(w.buyers[0], [2]string{"2", ""})
}

func TestAWishThatNothingFitsIsCooledDown(t *testing.T) {
	w := newWorld(t, 1)
	var rows [][]venue.Seat
	for n := range 100 {
		rows = append(rows, row(fmt.Sprint("S", n), 1))
	}
	w.loads(5000, "", rows...)
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
