package order

import (
	"maps"
	"testing"

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
