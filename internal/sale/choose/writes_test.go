package choose_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seat"
)

// locking counts the locks of a store, and fails them with an error.
type locking struct {
	seat.Store
	n   int
	err error
}

func (l *locking) Lock(ctx context.Context, p seat.Plan) error {
	if l.n++; l.err != nil {
		return l.err
	}
	return l.Store.Lock(ctx, p)
}

// A choice that changes nothing writes nothing, and costs the buyer nothing.
func TestTheSameChoiceWritesNothing(t *testing.T) {
	w := newWorld(t, inMemory())
	locks := &locking{Store: w.Service.Seats}
	w.Service.Seats = locks
	me := w.buyers(1)[0]
	for range 3 {
		_, err := w.Choose(t.Context(), me, []string{"stalls-A-1"})
		w.must(err)
	}
	if locks.n != 1 {
		t.Errorf("%d writes", locks.n)
	}
	h, err := w.Service.Seats.Hold(t.Context(), "main", me.ID.String())
	w.must(err)
	if want := w.now().Add(seat.ChoiceEvery); !h.Pace.Equal(want) || h.Version != 1 {
		t.Errorf("the next choice counts from %v, want %v; version %d", h.Pace, want, h.Version)
	}
}

// Trouble of the store is passed on at once: only a change by somebody else is a reason to plan anew.
func TestTroubleOfTheStoreIsNotTriedAgain(t *testing.T) {
	w := newWorld(t, inMemory())
	locks := &locking{Store: w.Service.Seats}
	w.Service.Seats = locks
	for _, trouble := range []error{errors.New("down"), problem.New(problem.Busy, "")} {
		locks.n, locks.err = 0, trouble
		if _, err := w.Choose(t.Context(), w.buyers(1)[0], []string{"stalls-A-1"}); !errors.Is(err, trouble) || locks.n != 1 {
			t.Errorf("%v: %v after %d tries", trouble, err, locks.n)
		}
	}
	locks.n, locks.err = 0, seat.ChangedError()
	_, err := w.Choose(t.Context(), w.buyers(1)[0], []string{"stalls-A-1"})
	if w.refused(err, problem.Busy); locks.n < 2 {
		t.Errorf("%d tries", locks.n)
	}
}

func TestAfterTheSaleNobodyChoosesOrPays(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	w.chose(me, "stalls-A-1")
	w.zone.SaleEnded, w.zone.Version = true, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	_, err := w.Choose(t.Context(), me, []string{"stalls-A-2"})
	w.refused(err, problem.NotOpen)
	_, err = w.Pay(t.Context(), me, "o1")
	w.refused(err, problem.NotOpen)
	if held, err := w.Choose(t.Context(), me, nil); err != nil || len(held.Seats) > 0 {
		t.Errorf("given up: %+v, %v", held, err)
	}
}

func TestAsManySeatsAsMayBe(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.SeatsPerBuyer, w.zone.Version = seat.MaxPerBuyer, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	var seats []string
	for n := range seat.MaxPerBuyer {
		seats = append(seats, fmt.Sprintf("stalls-A-%d", n+1))
	}
	if held, err := w.Choose(t.Context(), w.buyers(1)[0], seats); err != nil || len(held.Seats) != len(seats) {
		t.Errorf("%v, %v", held.Seats, err)
	}
}

// The standard price has no type, named or not.
func TestTheStandardPriceIsNoTypeOfAChoice(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	for _, name := range []string{"", seat.Standard} {
		held, err := w.ChooseAt(t.Context(), me, []string{"stalls-A-1"}, seat.Types{"stalls-A-1": name})
		if err != nil || len(held.Types) > 0 {
			t.Errorf("%q: %v, %v", name, held.Types, err)
		}
		h, err := w.Service.Seats.Hold(t.Context(), "main", me.ID.String())
		if w.must(err); len(h.Types) > 0 {
			t.Errorf("%q is kept as %v", name, h.Types)
		}
	}
}

// Who leaves during a payment keeps the seats for it, until its time is over.
func TestLeavingKeepsTheSeatsOfAPaymentForItsTime(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	w.chose(me, "stalls-A-1")
	paying, err := w.Pay(t.Context(), me, "o1")
	w.must(err)
	for _, c := range []struct {
		pass time.Duration
		want int
	}{{0, 1}, {paying.Until.Sub(w.now()), 0}} {
		w.pass(c.pass)
		w.must(w.Leave(t.Context(), "main", me.ID))
		h, err := w.Service.Seats.Hold(t.Context(), "main", me.ID.String())
		w.must(err)
		if len(h.Seats) != c.want {
			t.Errorf("after %v: %v", c.pass, h.Seats)
		}
	}
}

// Buyers' first orders don't use up what the zone has for those who repeat.
func TestFirstOrdersOfManyAreNoFlood(t *testing.T) {
	w := newWorld(t, inMemory())
	for n, me := range w.buyers(choose.ZoneOrders + 2) {
		w.chose(me, fmt.Sprintf("stalls-%c-%d", 'A'+n%6, n/6+1))
		if _, err := w.Pay(t.Context(), me, "o1"); err != nil {
			t.Fatalf("buyer %d: %v", n+1, err)
		}
	}
}

// away is a log whose changes fail.
type away struct{ bucket.Log }

func (away) Apply(context.Context, bucket.Of, ...bucket.Change) error { return errors.New("down") }

func TestAPurchaseEndsTheVisit(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	w.Service.Log = away{w.log}
	if err := w.Bought(t.Context(), "main", me.ID, me.Ref.String()); err == nil {
		t.Error("nobody ended the visit, and nobody heard")
	}
	w.Service.Log = w.log
	w.must(w.Bought(t.Context(), "main", queue.VisitorID{1}, me.Ref.String())) // somebody else's
	for _, want := range []bucket.State{bucket.Inside, bucket.Left} {
		p, _, err := w.log.Get(t.Context(), w.zone.Grants(), me.Ref.Page)
		w.must(err)
		if got := p.Grants[me.Ref.Slot].State; got != want {
			t.Errorf("the visit is %c, want %c", got, want)
		}
		w.must(w.Bought(t.Context(), "main", me.ID, me.Ref.String()))
	}
}
