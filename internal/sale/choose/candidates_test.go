package choose

import (
	"testing"

	"foyer/internal/sale/venue"
)

// A wish for nothing in particular gets standing places only where there are no seats.
func TestStandingPlacesAreForWhoWishesNothingWhereThereAreNoSeats(t *testing.T) {
	floor := venue.Part{ID: "floor", Kind: venue.Standing, Categories: []string{"a"}}
	stalls := venue.Part{ID: "stalls", Kind: venue.Seated, Categories: []string{"a"}}
	for name, c := range map[string]struct {
		parts []venue.Part
		want  string
	}{"no seats": {[]venue.Part{floor}, "floor"}, "some seats": {[]venue.Part{floor, stalls}, "stalls"}} {
		got := candidates(venue.Overview{Sections: c.parts}, venue.Wish{})
		if len(got) != 1 || got[0].ID != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
