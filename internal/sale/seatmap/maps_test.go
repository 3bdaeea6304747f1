package seatmap_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

func floorOf(places int) venue.Venue {
	return venue.Venue{Name: "Hall", Sections: []venue.Section{{ID: "F", Kind: venue.Standing, Capacity: places}}}
}

// gone is a store whose overview names a section that nobody finds.
type gone struct {
	venue.Store
	asked int
}

func (g *gone) Overview(context.Context, string) (venue.Overview, error) {
	return venue.NewOverview(floorOf(1), 1), nil
}

func (g *gone) Section(context.Context, string, venue.Overview, string) (venue.Section, error) {
	if g.asked++; g.asked > 2 {
		return venue.Section{}, errors.New("asked too often")
	}
	return venue.Section{}, problem.New(problem.NotFound, "")
}

func TestASectionIsLookedForTwice(t *testing.T) {
	g := &gone{}
	maps := seatmap.Maps{Store: g, Now: func() time.Time { return time.Unix(1000, 0) }}
	if _, err := maps.Section(t.Context(), "main", "F"); problem.CodeOf(err) != problem.NotFound || g.asked != 2 {
		t.Errorf("%v after %d reads", err, g.asked)
	}
}

func TestASectionIsThatOfItsOverview(t *testing.T) {
	now := time.Unix(1000, 0)
	reads := 0
	cloud := memsale.New()
	cloud.Fault = func(string) memsale.Fault {
		reads++
		return memsale.Fault{}
	}
	maps := seatmap.Maps{Store: cloud.Seats(), Now: func() time.Time { return now }}
	load := func(places int, version int64) {
		t.Helper()
		if err := cloud.Seats().SaveMap(t.Context(), "main", floorOf(places), version); err != nil {
			t.Fatal(err)
		}
	}
	want := func(places int) {
		t.Helper()
		if s, err := maps.Section(t.Context(), "main", "F"); err != nil || s.Capacity != places {
			t.Errorf("%d places, %v; want %d", s.Capacity, err, places)
		}
	}
	load(1, 0)
	if _, err := maps.Overview(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	load(2, 1)
	want(1) // as the overview that was read
	now = now.Add(seatmap.MapFor)
	want(2)
	now = now.Add(seatmap.MapFor)
	if _, err := maps.Overview(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	load(3, 2)
	load(4, 3)
	want(4) // the overview that was read names what is gone
	reads = 0
	for range 3 {
		if _, err := maps.Section(t.Context(), "main", "G"); problem.CodeOf(err) != problem.NotFound || reads > 0 {
			t.Errorf("a section that no map has: %v, and %d reads", err, reads)
		}
	}
}
