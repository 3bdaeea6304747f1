package choose_test

import (
	"context"
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
