package venue

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
)

// Wish is what a buyer asks for instead of naming seats.
type Wish struct {
	N          int    // seats side by side, at least 1
	Category   string // empty: any
	Section    string // empty: any
	Accessible bool   // one of them is accessible; otherwise none is, and none is a companion's

	Types map[string]int // how many of them at each price type; the others are at the standard one
}

// Check returns why no seat of the map could ever fulfil the wish, as problem.Invalid.
func (v Venue) Check(w Wish) error {
	rest := w.N
	for _, id := range slices.Sorted(maps.Keys(w.Types)) {
		t, known := v.TypeOf(id)
		switch rest -= w.Types[id]; {
		case !known:
			return problem.New(problem.Invalid, "there is no price type %.40q", id)
		case w.Types[id] < 0 || rest < 0:
			return problem.New(problem.Invalid, "types must name up to %d seats in all", w.N)
		case t.For != "" && w.Types[id] > 0 && !w.Accessible:
			return problem.New(problem.Invalid, "the price type %s goes with a wheelchair place: ask for one", id)
		}
	}
	return nil
}

// Assign gives seats of the section the price types that a wish names; ok is false if they aren't sold so.
func (v Venue) Assign(s Section, seats []string, types map[string]int) (given seat.Types, ok bool) {
	given = seat.Types{}
	sold := func(id, name string) bool {
		t, _ := v.TypeOf(name)
		_, priced := v.PriceAt(s.CategoryOf(id), name) // no price is at an unknown type
		return priced && t.Sold(s, id) == ""
	}
	// Each type takes a seat, and the type that has it takes another one, if there is one.
	var take func(name string, tried map[string]bool) bool
	take = func(name string, tried map[string]bool) bool {
		for _, id := range seats {
			if tried[id] || !sold(id, name) {
				continue
			}
			tried[id] = true
			if given[id] == "" || take(given[id], tried) {
				given[id] = name
				return true
			}
		}
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		for range types[name] {
			if name != seat.Standard && !take(name, map[string]bool{}) {
				return nil, false
			}
		}
	}
	return given, true
}

// Group is seats that fulfil a wish.
type Group struct {
	Seats    []string
	Distance float64 // mean, to the stage
	Orphan   bool    // it leaves a single free seat beside it
}

// Wants reports whether seats of the section could fulfil the wish. Standing places only fulfil one that names their
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

// Near returns the distance from the stage to the section's nearest seat: no group of the section is nearer.
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

// Best returns the groups of the section that fulfil the wish, sorted by Compare. free reports whether a seat can be
// locked. Of a standing section it returns one group, from the place `from` on, so that buyers who ask at the same time
// don't all get the same places.
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
	slices.SortStableFunc(groups, Group.Compare)
	return groups
}

// Compare orders groups, the better first: one that leaves no single seat before one that does, then the nearer.
func (g Group) Compare(other Group) int {
	switch {
	case g.Orphan && !other.Orphan:
		return 1
	case !g.Orphan && other.Orphan:
		return -1
	}
	return cmp.Compare(g.Distance, other.Distance)
}

// standing returns n free places from `from` on, starting over at the end.
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

// runs returns the row's longest runs of free seats side by side. Unless the wish is for an accessible seat, accessible
// and companions' seats end a run, as an aisle does.
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

// pitch returns the section's smallest distance between neighbours in a row; a gap much wider is an aisle. It takes the
// whole section, as a row may have nothing but one seat on either side of the aisle.
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

// inRun returns every group within a run.
func (v Venue) inRun(s Section, row Row, run []Seat, w Wish) (groups []Group) {
	for i := 0; i+w.N <= len(run); i++ {
		g := Group{Orphan: i == 1 || len(run)-i-w.N == 1}
		accessible, fits := false, true
		for _, seat := range run[i : i+w.N] {
			g.Seats = append(g.Seats, seat.ID)
			g.Distance += v.Stage.distance(Point{seat.X, seat.Y}) / float64(w.N)
			accessible = accessible || seat.Accessible
			fits = fits && (w.Category == "" || w.Category == cmp.Or(seat.Category, row.Category, s.Category))
		}
		if fits && accessible == w.Accessible && (!accessible || len(row.unaccompanied(g.Seats, nil)) == 0) {
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
