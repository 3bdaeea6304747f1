package venue

import (
	"cmp"
	"math"
	"slices"
)

// Wish is what a buyer asks for when they leave the choice to us.
type Wish struct {
	N          int    // seats side by side, at least 1
	Category   string // empty: any
	Section    string // empty: any
	Accessible bool   // one of them accessible; otherwise accessible and companions' seats are left to who needs them
}

// Group is seats that fulfil a wish.
type Group struct {
	Seats    []string
	Distance float64 // mean, to the stage
	// Orphan says that a single free seat is left beside them: only where nothing else is to be had.
	Orphan bool
}

// Wants reports whether seats of the section could fulfil the wish. Standing places are given to who asks for them, by
// section or category.
func (w Wish) Wants(s Section) bool {
	if w.Section != "" && w.Section != s.ID {
		return false
	}
	if s.Kind == Standing {
		return !w.Accessible && (w.Section != "" || w.Category != "") && (w.Category == "" || w.Category == s.Category)
	}
	return true
}

// Near is the distance from the stage of the section's nearest seat: no group of it is nearer.
func (v Venue) Near(s Section) float64 {
	if s.Kind == Standing {
		return v.Stage.distance(center(s.Outline))
	}
	near := math.Inf(1)
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			near = min(near, v.Stage.distance(Point{seat.X, seat.Y}))
		}
	}
	return near
}

// Best gives groups of the section that fulfil the wish, the best first: those that leave no single seat alone before
// those that do, and then by their distance from the stage. free tells which seats are to be had. Of a standing section
// it gives one group, from the place `from` on, so that buyers who ask at once don't all get the same places.
func (v Venue) Best(s Section, w Wish, free func(seat string) bool, from int) []Group {
	if w.N < 1 || !w.Wants(s) {
		return nil
	}
	if s.Kind == Standing {
		return v.standing(s, w.N, free, from)
	}
	var groups []Group
	pitch := s.pitch()
	for _, row := range s.Rows {
		for _, run := range runs(row, pitch, w, free) {
			groups = append(groups, v.inRun(s, row, run, w)...)
		}
	}
	slices.SortStableFunc(groups, Group.compare)
	return groups
}

// compare puts the better group first.
func (g Group) compare(other Group) int {
	switch {
	case g.Orphan && !other.Orphan:
		return 1
	case !g.Orphan && other.Orphan:
		return -1
	}
	return cmp.Compare(g.Distance, other.Distance)
}

// Better reports whether g goes before other.
func (g Group) Better(other Group) bool { return g.compare(other) < 0 }

// standing is n free places from `from` on, round and round.
func (v Venue) standing(s Section, n int, free func(string) bool, from int) []Group {
	g := Group{Distance: v.Near(s)}
	for i := 0; i < s.Capacity && len(g.Seats) < n; i++ {
		if id := s.Place((max(from, 0)+i)%s.Capacity + 1); free(id) {
			g.Seats = append(g.Seats, id)
		}
	}
	if len(g.Seats) < n {
		return nil
	}
	return []Group{g}
}

// runs are the row's free seats that stand side by side, as long as they go. Who doesn't ask for an accessible seat is
// shown none: it ends a run, as an aisle does.
func runs(row Row, pitch float64, w Wish, free func(string) bool) (all [][]Seat) {
	var run []Seat
	end := func() {
		if len(run) > 0 {
			all, run = append(all, run), nil
		}
	}
	for i, seat := range row.Seats {
		if i > 0 && gap(row.Seats[i-1], seat) > 1.6*pitch {
			end()
		}
		if free(seat.ID) && (w.Accessible || !seat.Accessible && !seat.Companion) {
			run = append(run, seat)
		} else {
			end()
		}
	}
	end()
	return all
}

// pitch is the section's smallest distance between neighbours in a row; a gap much wider is an aisle. One row can't tell:
// it may have nothing but a seat on either side of the aisle.
func (s Section) pitch() float64 {
	pitch := math.Inf(1)
	for _, row := range s.Rows {
		for i := 1; i < len(row.Seats); i++ {
			pitch = min(pitch, gap(row.Seats[i-1], row.Seats[i]))
		}
	}
	return pitch
}

func gap(a, b Seat) float64 { return Point{a.X, a.Y}.distance(Point{b.X, b.Y}) }

// inRun is every group within a run.
func (v Venue) inRun(s Section, row Row, run []Seat, w Wish) (groups []Group) {
	for i := 0; i+w.N <= len(run); i++ {
		g := Group{Orphan: i == 1 || len(run)-i-w.N == 1}
		accessible, fits := false, true
		for _, seat := range run[i : i+w.N] {
			g.Seats = append(g.Seats, seat.ID)
			g.Distance += v.Stage.distance(Point{seat.X, seat.Y}) / float64(w.N)
			accessible = accessible || seat.Accessible
			fits = fits && (w.Category == "" || w.Category == first(seat.Category, row.Category, s.Category))
		}
		if fits && accessible == w.Accessible {
			groups = append(groups, g)
		}
	}
	return groups
}

func (p Point) distance(q Point) float64 { return math.Hypot(p.X-q.X, p.Y-q.Y) }

func center(points []Point) (c Point) {
	for _, p := range points {
		c.X += p.X / float64(len(points))
		c.Y += p.Y / float64(len(points))
	}
	return c
}
