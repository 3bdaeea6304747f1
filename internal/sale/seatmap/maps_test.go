package seatmap_test

import (
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
