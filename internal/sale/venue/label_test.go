package venue_test

import (
	"testing"

	"foyer/internal/sale/venue"
)

func TestLabels(t *testing.T) {
	stalls := venue.Section{ID: "ST", Name: "Stalls", Kind: venue.Seated, Rows: []venue.Row{
		{ID: "C", Seats: []venue.Seat{{ID: "ST-C-12"}, {ID: "ST-C-13", Label: "13, élan"}}},
		{ID: "1", Label: "Box 1", Seats: []venue.Seat{{ID: "ST-1-1"}}},
	}}
	floor := venue.Section{ID: "F", Name: "Floor", Kind: venue.Standing, Capacity: 20}
	for _, c := range []struct {
		section  venue.Section
		id, want string
	}{
		{stalls, "ST-C-12", "Stalls, row C, seat 12"}, {stalls, "ST-C-13", "Stalls, row C, seat 13, élan"},
		{stalls, "ST-1-1", "Stalls, row Box 1, seat 1"},
		{stalls, "ST-C-99", ""}, {floor, "F-17", "Floor, place 17"}, {floor, "F-21", ""}, {floor, "F-017", ""},
	} {
		if got := c.section.LabelOf(c.id).String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.id, got, c.want)
		}
	}
}
