package order

import (
	"maps"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
)

// Seats at the standard price have no price type in what is bought: neither when none is named, nor when it is.
func TestTheStandardPriceIsNoType(t *testing.T) {
	o := Order{Lines: []Line{{Seat: "A"}, {Seat: "B", Type: seat.Standard, Most: 2}, {Seat: "C", Type: "child", Most: 1}}}
	s := Settlement(o)
	if !maps.Equal(s.Types, seat.Types{"C": "child"}) || !maps.Equal(s.MostAt, map[string]int{"child": 1}) {
		t.Errorf("types %v, at most %v", s.Types, s.MostAt)
	}
}

// An order without a good ticket has none to be mailed again.
func TestNoTicketsAreMailedAgainWhereThereAreNone(t *testing.T) {
	o := threeSeats()
	o.Email = "ada@example.com"
	o.PartialRefunds = []PartialRefund{{Seats: []string{"A", "B", "C"}, Amount: 6000, AskedAt: sold, DoneAt: sold}}
	if _, _, err := remail(o, Event{Kind: Remail}, then); problem.CodeOf(err) != problem.Conflict {
		t.Error(err)
	}
}
