package dynsale_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"foyer/internal/sale/venue"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/known"
)

// A map that validate takes, of 20,000 seats at measured places, can't be stored; what was written before stays.
func TestKnownBigSection(t *testing.T) {
	known.Fault(t, "big section")
	c := dynamotest.New(t)
	s := c.Seats()
	small := venue.Section{
		ID:       "B",
		Name:     "old name",
		Kind:     venue.Standing,
		Category: "a",
		Capacity: 5,
		Outline:  []venue.Point{{}, {X: 1}, {Y: 1}},
	}
	v := venue.Venue{
		Name:       "X",
		Currency:   "EUR",
		Categories: []venue.Category{{ID: "a", Name: "A", Price: 100}},
		Sections:   []venue.Section{small},
	}
	if err := s.SaveMap(t.Context(), "main", v, 0); err != nil {
		t.Fatal(err)
	}
	big := venue.Section{ID: "A", Name: "A", Kind: venue.Seated, Category: "a", Outline: small.Outline}
	for r := range 100 {
		row := venue.Row{ID: fmt.Sprint("r", r)}
		for n := range 200 {
			row.Seats = append(
				row.Seats,
				venue.Seat{ID: fmt.Sprintf("A-r%d-%d", r, n), X: rand.Float64() * 1000, Y: rand.Float64() * 1000},
			)
		}
		big.Rows = append(big.Rows, row)
	}
	small.Name, small.Capacity = "new name", 9
	v.Sections = []venue.Section{small, big}
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	err := s.SaveMap(t.Context(), "main", v, 1)
	o, _ := s.Overview(t.Context(), "main")
	got, _ := s.Section(t.Context(), "main", "B")
	t.Errorf(
		"FAIL: SaveMap: %v; overview is version %d with %d sections, section B is %q of %d",
		err,
		o.Version,
		len(o.Sections),
		got.Name,
		got.Capacity,
	)
}
