package seat_test

import (
	"slices"
	"testing"

	"foyer/internal/sale/seat"
)

func TestLabelsAreOrderedAsPeopleCount(t *testing.T) {
	want := []seat.Label{
		{Section: "Floor", Seat: "9"}, {Section: "Floor", Seat: "117"},
		{Section: "Stalls", Row: "B", Seat: "9"}, {Section: "Stalls", Row: "B", Seat: "10"},
		{Section: "Stalls", Row: "B", Seat: "10A"}, {Section: "Stalls", Row: "AA", Seat: "1"},
	}
	got := []seat.Label{want[5], want[3], want[1], want[4], want[0], want[2]}
	slices.SortFunc(got, seat.Label.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
