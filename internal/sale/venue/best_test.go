package venue_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"foyer/internal/sale/venue"
	_ "foyer/internal/testkit/sameseed"
)

// row returns a section of one row before the stage: each letter a seat a step apart, "." free, "x" not, "a"
// accessible, "c" a companion's; a space is an aisle.
func row(plan string) (venue.Venue, venue.Section, func(string) bool) {
	s := venue.Section{ID: "s", Kind: venue.Seated, Rows: []venue.Row{{ID: "r"}}}
	taken := map[string]bool{}
	for i, c := range plan {
		if c == ' ' {
			continue
		}
		id := fmt.Sprintf("s-r-%d", i+1)
		taken[id] = c == 'x'
		s.Rows[0].Seats = append(
			s.Rows[0].Seats,
			venue.Seat{ID: id, X: float64(i), Category: "A", Accessible: c == 'a', Companion: c == 'c'},
		)
	}
	v := venue.Venue{Stage: venue.Point{X: 0}, Sections: []venue.Section{s}}
	return v, s, func(id string) bool { return !taken[id] }
}

func TestTheBestGroupIsNearTheStageAndLeavesNobodyAlone(t *testing.T) {
	for _, c := range []struct {
		plan string
		wish venue.Wish
		want string
	}{
		{"......", venue.Wish{N: 2}, "1 2"},
		{"x.....", venue.Wish{N: 2}, "2 3"},
		{"x...xxx....", venue.Wish{N: 2}, "8 9"}, // of three, one would stay alone
		{"x...", venue.Wish{N: 2}, "2 3 alone"},  // nothing else is to be had
		{"...", venue.Wish{N: 1}, "1"},
		{".x...", venue.Wish{N: 1}, "1"},
		{"x..x.....", venue.Wish{N: 1}, "5"}, // not one of a pair
		{".. ....", venue.Wish{N: 3}, "4 5 6 alone"},
		{".. ....", venue.Wish{N: 4}, "4 5 6 7"}, // an aisle parts
		{"....", venue.Wish{N: 5}, ""},
		{"ac....", venue.Wish{N: 2}, "3 4"}, // kept for who needs them
		{"....ac", venue.Wish{N: 2, Accessible: true}, "5 6"},
		{"....", venue.Wish{N: 2, Accessible: true}, ""},
		{"....", venue.Wish{N: 2, Category: "B"}, ""},
		{"....", venue.Wish{N: 2, Section: "other"}, ""},
		{"....", venue.Wish{N: 0}, ""},
	} {
		v, s, free := row(c.plan)
		got := ""
		if groups := v.Best(s, c.wish, free, 0); len(groups) > 0 {
			got = strings.ReplaceAll(strings.Join(groups[0].Seats, " "), "s-r-", "")
			if groups[0].Orphan {
				got += " alone"
			}
		}
		if got != c.want {
			t.Errorf("%q %+v: %q, want %q", c.plan, c.wish, got, c.want)
		}
	}
}

// Whatever is free, every group is n free neighbours, reports whether it leaves a single seat, and comes in order.
func TestBestHoldsForEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := rapid.StringOfN(rapid.SampledFrom([]rune(".....xxac ")), 1, 30, -1).Draw(t, "plan")
		n := rapid.IntRange(1, 8).Draw(t, "n")
		full := ".." + plan // two side by side, so that the row shows how far apart seats stand
		v, s, free := row(full)
		groups := v.Best(s, venue.Wish{N: n}, free, 0)
		open := func(i int) bool { // a seat that an ordinary buyer can have
			return i >= 0 && i < len(full) && full[i] == '.'
		}
		want := 0
		for i := range full {
			fits := true
			for j := i; j < i+n; j++ {
				fits = fits && open(j)
			}
			if fits {
				want++
			}
		}
		if len(groups) != want {
			t.Fatalf("%d groups, want %d", len(groups), want)
		}
		for k, g := range groups {
			var from int
			fmt.Sscanf(g.Seats[0], "s-r-%d", &from)
			from--
			left, right := open(from-1) && !open(from-2), open(from+n) && !open(from+n+1)
			if g.Orphan != (left || right) || len(g.Seats) != n {
				t.Fatalf("%v: alone %v, want %v", g.Seats, g.Orphan, left || right)
			}
			if mean := float64(from) + float64(n-1)/2; math.Abs(g.Distance-mean) > 1e-9 {
				t.Fatalf("%v: distance %v, want %v", g.Seats, g.Distance, mean)
			}
			if k > 0 && g.Compare(groups[k-1]) < 0 {
				t.Fatalf("%v comes after %v", g, groups[k-1])
			}
		}
	})
}

func TestGroupsThatLeaveASingleSeatComeByDistance(t *testing.T) {
	near, far := venue.Group{Distance: 1}, venue.Group{Distance: 2}
	alone, farAlone := venue.Group{Distance: 1, Orphan: true}, venue.Group{Distance: 2, Orphan: true}
	for i, all := range [][2]venue.Group{{near, far}, {alone, farAlone}, {far, alone}} {
		if all[0].Compare(all[1]) >= 0 || all[1].Compare(all[0]) <= 0 {
			t.Errorf("pair %d: %+v", i, all)
		}
	}
}

func TestEverySeatOfAGroupIsOfTheCategory(t *testing.T) {
	v, s, free := row("....")
	s.Rows[0].Seats[0].Category, s.Rows[0].Seats[3].Category = "B", "B"
	groups := v.Best(s, venue.Wish{N: 2, Category: "A"}, free, 0)
	if len(groups) != 1 || !slices.Equal(groups[0].Seats, []string{"s-r-2", "s-r-3"}) {
		t.Errorf("%+v", groups)
	}
}

// A companion's seat goes with the wheelchair place beside it, not with another one of the group.
func TestNoGroupHasACompanionsSeatAlone(t *testing.T) {
	v, s, _ := row("ac.a")
	free := func(id string) bool { return id != "s-r-1" }
	if groups := v.Best(s, venue.Wish{N: 3, Accessible: true}, free, 0); len(groups) > 0 {
		t.Errorf("%+v", groups)
	}
	if groups := v.Best(s, venue.Wish{N: 2, Accessible: true}, free, 0); len(groups) != 1 {
		t.Errorf("a seat and a wheelchair place: %+v", groups)
	}
}

// Seats stand side by side up to a gap of 1.6 times the usual one.
func TestAGapThatIsNoAisle(t *testing.T) {
	v, s, free := row("...")
	for i, x := range []float64{0, 5, 13} {
		s.Rows[0].Seats[i].X = x
	}
	if groups := v.Best(s, venue.Wish{N: 3}, free, 0); len(groups) != 1 {
		t.Errorf("a gap of 1.6: %+v", groups)
	}
	s.Rows[0].Seats[2].X = 13.1
	if groups := v.Best(s, venue.Wish{N: 3}, free, 0); len(groups) != 0 {
		t.Errorf("a wider gap: %+v", groups)
	}
}

func TestSingleSeatsThatAChoiceLeaves(t *testing.T) {
	for _, c := range []struct{ plan, want, orphans string }{
		{"....", "2", "1"}, {"....", "1", ""}, {".....", "2 4", "1 3 5"},
		{"..", "1", ""},     // of two one stays, whichever is chosen
		{"... .", "1", ""},  // the single one behind the aisle was there before
		{"x.x.", "2 4", ""}, // nobody leaves anything
	} {
		_, s, free := row(c.plan)
		var want []string
		for id := range strings.FieldsSeq(c.want) {
			want = append(want, "s-r-"+id)
		}
		got := strings.ReplaceAll(strings.Join(s.Orphaned(want, free), " "), "s-r-", "")
		if got != c.orphans {
			t.Errorf("%q, of which %s are chosen: %q, want %q", c.plan, c.want, got, c.orphans)
		}
	}
}

// The seats of a row with one seat on either side of an aisle are not neighbours.
func TestAnAisleIsAnAisleInEveryRow(t *testing.T) {
	v, s, _ := row(". .")
	_, dense, _ := row("....")
	s.Rows = append(s.Rows, dense.Rows...)
	for _, g := range v.Best(s, venue.Wish{N: 2}, func(string) bool { return true }, 0) {
		if slices.Equal(g.Seats, []string{s.Rows[0].Seats[0].ID, s.Rows[0].Seats[1].ID}) && g.Distance == 1 {
			t.Errorf("%v across the aisle: %+v", g.Seats, g)
		}
	}
}

func TestPlacesOfAStandingAreaAreSpread(t *testing.T) {
	v := parse(t, small)
	s, _ := v.Section("fl")
	free := func(id string) bool { return id != "fl-10" }
	groups := v.Best(s, venue.Wish{N: 3, Section: "fl"}, free, 8)
	if len(groups) != 1 || !slices.Equal(groups[0].Seats, []string{"fl-9", "fl-1", "fl-2"}) {
		t.Errorf("%v", groups)
	}
	if groups := v.Best(s, venue.Wish{N: 10, Section: "fl"}, free, 0); groups != nil {
		t.Errorf("ten of nine: %v", groups)
	}
	if (venue.Wish{N: 1}).Wants(s) || !(venue.Wish{N: 1, Category: "S"}).Wants(s) ||
		(venue.Wish{N: 1, Category: "S", Accessible: true}).Wants(s) ||
		(venue.Wish{N: 1, Category: "A", Section: "fl"}).Wants(s) {
		t.Error("who is given standing places")
	}
}

func BenchmarkBestOfTheArena(b *testing.B) {
	raw, err := os.ReadFile("../../../testdata/venues/arena-50000.json")
	if err != nil {
		b.Fatal(err)
	}
	v := parse(b, string(raw))
	for b.Loop() {
		for _, s := range v.Sections {
			v.Best(s, venue.Wish{N: 4}, func(string) bool { return true }, 0)
		}
	}
}
