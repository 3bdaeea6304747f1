package dynsale_test

import (
	"testing"

	"foyer/internal/sale/venue"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/known"
)

// Two operators load maps at once, each adding to version 1. The loser is told of the conflict, and has overwritten the
// winner's section all the same: seats that the winner put on sale are gone.
func TestKnownLoserOverwrites(t *testing.T) {
	known.Fault(t, "loser overwrites")
	s, ctx := dynamotest.New(t).Seats(), t.Context()
	v := func(capacity int) venue.Venue {
		return venue.Venue{Name: "X", Currency: "EUR", Categories: []venue.Category{{ID: "a", Name: "A", Price: 100}},
			Sections: []venue.Section{
				{
					ID:       "F",
					Name:     "Floor",
					Kind:     venue.Standing,
					Category: "a",
					Capacity: capacity,
					Outline:  []venue.Point{{}, {X: 1}, {Y: 1}},
				},
			}}
	}
	for i, n := range []int{100, 200} {
		if err := s.SaveMap(ctx, "main", v(n), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	err := s.SaveMap(ctx, "main", v(150), 1) // from the map of 100, as the winner's
	o, _ := s.Overview(ctx, "main")
	f, _ := s.Section(ctx, "main", "F")
	if f.Capacity != 200 {
		t.Errorf(
			"FAIL: the loser got %v; overview: %d places, section: %d places; price of F-180 by category %q",
			err,
			o.Sections[0].Seats,
			f.Capacity,
			f.CategoryOf("F-180"),
		)
	}
}
