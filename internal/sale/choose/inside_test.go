package choose_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

// Who isn't inside chooses nothing, however long their grant was to last, and wherever their token says that it is.
func TestAGrantThatIsOverChoosesNothing(t *testing.T) {
	w := newWorld(t, inMemory())
	for _, state := range []bucket.State{bucket.Left, bucket.Expired, bucket.Missed} {
		me := w.buyers(1)[0]
		p, _, err := w.log.Get(t.Context(), w.zone.Grants(), me.Ref.Page)
		w.must(err)
		w.must(w.log.Apply(t.Context(), w.zone.Grants(), bucket.Change{
			Ref: me.Ref, Key: p.Grants[me.Ref.Slot].Key, From: bucket.Inside, To: state, Until: w.now().Add(time.Hour),
		}))
		if _, err := w.Choose(t.Context(), me, []string{"stalls-A-1"}); problem.CodeOf(err) != problem.Ended {
			t.Errorf("%c: %v", state, err)
		}
	}
	me := w.buyers(1)[0]
	page := me.Ref.Page
	for _, ref := range []bucket.Ref{{Page: page, Slot: bucket.PageSize - 1}, {Page: page, Slot: 1}, {Page: 1 << 40}} {
		a := token.Access{Zone: "main", ID: me.ID, Ref: ref}
		if _, err := w.Choose(t.Context(), a, []string{"stalls-A-1"}); problem.CodeOf(err) != problem.Ended {
			t.Errorf("%v: %v", ref, err)
		}
	}
}

func TestMoreSeatsThanAnybodyMayHaveAreNotLookedFor(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	for _, n := range []int{0, -1, seat.MaxPerBuyer + 1} {
		if _, err := w.Best(t.Context(), me, venue.Wish{N: n}); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%d: %v", n, err)
		}
	}
	h, err := w.Service.Seats.Hold(t.Context(), "main", me.ID.String())
	if w.must(err); !h.Pace.IsZero() {
		t.Errorf("it cost until %v", h.Pace)
	}
	if _, err := w.Best(t.Context(), me, venue.Wish{N: seat.MaxPerBuyer}); problem.CodeOf(err) == problem.Invalid {
		t.Errorf("as many as anybody may have: %v", err)
	}
}

// late is a log that shows pages as they were.
type late struct {
	bucket.Log
	page bucket.Page
}

func (l late) Get(context.Context, bucket.Of, int64) (bucket.Page, bool, error) {
	return l.page, true, nil
}

// A visit that a purchase ends may have ended by itself, before or in the same moment.
func TestAPurchaseEndsAVisitThatHasEnded(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	before, _, err := w.log.Get(t.Context(), w.zone.Grants(), me.Ref.Page)
	w.must(err)
	for range 2 {
		w.must(w.Bought(t.Context(), "main", me.ID, me.Ref.String()))
	}
	w.Service.Log = late{w.log, before}
	w.must(w.Bought(t.Context(), "main", me.ID, me.Ref.String()))
	w.must(w.Bought(t.Context(), "no-such-zone", queue.VisitorID{1}, me.Ref.String()))
}

// A companion's seat isn't sold alone.
func TestACompanionsSeatIsNotSoldAlone(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	_, err := w.Choose(t.Context(), me, []string{"stalls-L-2"})
	w.refused(err, problem.Together, "stalls-L-2")
	w.pass(time.Minute)
	w.chose(me, "stalls-L-1", "stalls-L-2")
}

// A companion comes later to a wheelchair place that the same buyer has bought, and to no other.
func TestACompanionsSeatGoesWithAPlaceOfTheSameBuyer(t *testing.T) {
	for name, c := range map[string]struct {
		mine, yours string // bought
		held        []string
		refused     bool
	}{
		"bought by the same":       {"stalls-L-1", "", nil, false},
		"bought by another":        {"stalls-A-1", "stalls-L-1", nil, true},
		"held, and to be given up": {"stalls-A-1", "", []string{"stalls-L-1"}, true},
	} {
		w := newWorld(t, inMemory())
		both := w.buyers(2)
		for i, id := range []string{c.mine, c.yours} {
			if id == "" {
				continue
			}
			w.chose(both[i], id)
			w.must(w.Service.Seats.Settle(t.Context(), seat.Settlement{
				Zone: "main", Buyer: both[i].ID.String(), Order: id, Seats: []string{id}, Limit: 4,
			}))
		}
		w.pass(time.Minute)
		if c.held != nil {
			w.chose(both[0], c.held...)
			w.pass(time.Minute)
		}
		_, err := w.Choose(t.Context(), both[0], []string{"stalls-L-2"})
		if (problem.CodeOf(err) == problem.Together) != c.refused || err != nil && !c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// looked counts the sections that are read.
type looked struct {
	seat.Store
	sections []string
}

func (l *looked) Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error) {
	l.sections = append(l.sections, section)
	return l.Store.Snapshot(ctx, zone, section)
}

// two is a hall of two sections, of which the second begins so far from the stage, and of a floor to stand on.
func two(second float64) venue.Venue {
	section := func(id string, from float64) venue.Section {
		s := venue.Section{
			ID: id, Name: id, Kind: venue.Seated, Outline: []venue.Point{{X: 0, Y: from}, {X: 9, Y: from}, {X: 9, Y: from + 9}},
		}
		for r := range 2 {
			row := venue.Row{ID: fmt.Sprint(r + 1), Category: id}
			for n := range 3 {
				row.Seats = append(row.Seats, venue.Seat{
					ID: fmt.Sprintf("%s-%d-%d", id, r+1, n+1), X: float64(n), Y: from + float64(4*r),
				})
			}
			s.Rows = append(s.Rows, row)
		}
		return s
	}
	return venue.Venue{
		Name: "X", Currency: "EUR", Orphans: venue.RefuseOrphans,
		Categories: []venue.Category{
			{ID: "A", Name: "A", Price: 100}, {ID: "B", Name: "B", Price: 90}, {ID: "F", Name: "F", Price: 9},
		},
		Sections: []venue.Section{section("A", 4), section("B", second), {
			ID: "F", Name: "F", Kind: venue.Standing, Category: "F", Capacity: 9,
			Outline: []venue.Point{{X: 0, Y: 90}, {X: 1, Y: 90}, {X: 0, Y: 91}},
		}},
	}
}

// The best seats are looked for as near as there may be some, and no further out.
func TestTheBestAreLookedForNoFurtherThanNeedBe(t *testing.T) {
	for name, c := range map[string]struct {
		second float64
		wish   venue.Wish
		taken  []string
		best   string
		reads  string
	}{
		"in the first of two as near":               {4, venue.Wish{N: 1}, nil, "A-1-1", "[A]"},
		"in the nearest section":                    {20, venue.Wish{N: 3}, nil, "A-1-1", "[A]"},
		"in that of the category":                   {20, venue.Wish{N: 3, Category: "B"}, nil, "B-1-1", "[B]"},
		"further out, where it leaves nobody alone": {20, venue.Wish{N: 2}, []string{"B-1-1"}, "B-1-2", "[A B]"},
		"further out, where the rest of the nearest is further": {
			5, venue.Wish{N: 3}, []string{"A-1-1"}, "B-1-1", "[A B]",
		},
	} {
		w := newHall(t, inMemory(), two(c.second))
		w.Pick = func(int) int { return 0 }
		if c.taken != nil {
			you := w.buyers(1)[0]
			h, hour := seat.Hold{Zone: "main", Buyer: you.ID.String()}, w.now().Add(time.Hour)
			p, err := h.Choose(
				c.taken, seat.Rules{PerBuyer: 4, LockFor: time.Hour, HoldMost: time.Hour, Session: hour}, w.now(),
			)
			w.must(err)
			w.must(w.seats.Lock(t.Context(), p))
		}
		l := &looked{Store: w.Service.Seats}
		w.Service.Seats = l
		held, err := w.Best(t.Context(), w.buyers(1)[0], c.wish)
		if err != nil || held.Seats[0] != c.best || fmt.Sprint(l.sections) != c.reads {
			t.Errorf("%s: %v, %v, by %v", name, held.Seats, err, l.sections)
		}
	}
}

// A choice that leaves nobody alone, since it is the one before or since nobody sits there, is judged without a look.
func TestNoLookWhereNobodyCanBeLeftAlone(t *testing.T) {
	w := newHall(t, inMemory(), two(20))
	l := &looked{Store: w.Service.Seats}
	w.Service.Seats = l
	me := w.buyers(1)[0]
	for i, c := range []struct {
		seats []string
		reads int
	}{{[]string{"A-1-1", "A-1-2", "A-1-3"}, 1}, {[]string{"A-1-1", "A-1-2", "A-1-3"}, 0}, {[]string{"F-1"}, 0}} {
		l.sections = nil
		w.pass(time.Minute)
		if w.chose(me, c.seats...); len(l.sections) != c.reads {
			t.Errorf("choice %d: %v was read", i, l.sections)
		}
	}
}

// Where the map says so, nobody leaves a single seat beside theirs, also not with seats that they held before.
func TestNoSingleSeatIsLeftAlone(t *testing.T) {
	w := newWorld(t, inMemory())
	v := theatre(t)
	v.Orphans = venue.RefuseOrphans
	_, err := w.loader().Load(t.Context(), "main", v)
	w.must(err)
	w.Maps = &seatmap.Maps{Store: w.seats, Now: w.now}
	me := w.buyers(1)[0]
	_, err = w.Choose(t.Context(), me, []string{"stalls-A-2"})
	w.refused(err, problem.Together, "stalls-A-1")
	w.pass(time.Minute)
	w.chose(me, "stalls-A-1", "stalls-A-2")
	w.pass(time.Minute)
	_, err = w.Choose(t.Context(), me, []string{"stalls-A-1", "stalls-A-2", "stalls-A-4"})
	w.refused(err, problem.Together, "stalls-A-3")
	you := w.buyers(1)[0]
	w.chose(you, "stalls-B-3", "stalls-B-4")
	w.pass(20 * time.Minute) // the locks are over
	w.chose(w.buyers(1)[0], "stalls-B-6", "stalls-B-7")
	_, err = w.Choose(t.Context(), you, []string{"stalls-B-3", "stalls-B-4"})
	w.refused(err, problem.Together, "stalls-B-5")
}
