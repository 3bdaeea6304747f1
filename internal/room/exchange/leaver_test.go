package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// around does something else just before or just after the first page is appended to a log.
type around struct {
	bucket.Log
	before, after func()
}

func (l *around) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	if f := l.before; f != nil {
		l.before = nil
		f()
	}
	err := l.Log.Append(ctx, of, p)
	if f := l.after; f != nil {
		l.after = nil
		f()
	}
	return err
}

// looked does something just after the second look at the queue.
type looked struct {
	queue.Store
	looks int
	after func()
}

func (q *looked) Head(
	ctx context.Context, zone string, shard int, after queue.Key, limit int,
) ([]queue.Entry, error) {
	head, err := q.Store.Head(ctx, zone, shard, after, limit)
	if q.looks++; q.looks == 2 {
		q.after()
	}
	return head, err
}

// A visitor who asked to be let in leaves while a tick lets them in: whatever comes first, the slot is free at once.
func TestALeaverWhomATickLetsInHasNoSlot(t *testing.T) {
	for name, when := range map[string]func(w *world, leave func()){
		"before the page":   func(w *world, leave func()) { w.x.Log = &around{Log: w.x.Log, before: leave} },
		"after the page":    func(w *world, leave func()) { w.x.Log = &around{Log: w.x.Log, after: leave} },
		"after a last look": func(w *world, leave func()) { w.x.Queue = &looked{Store: w.x.Queue, after: leave} },
		"between the leaver's two steps": func(w *world, leave func()) {
			whole := false // the tick comes between: the place is removed after it
			w.admit.Queue = &removing{w.admit.Queue, func() {
				if !whole {
					whole = true
					w.tick(&exchange.Memory{})
				}
			}}
			leave()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *zone.Settings) { s.QueueShards = 1 })
			v := w.visitor(1, epoch)
			_, err := w.reg.Ask(ctx, v)
			is(t, err, "")
			left := false
			when(w, func() {
				left = true
				is(t, w.admit.Leave(ctx, v, bucket.Ref{}), "")
			})
			m := &exchange.Memory{}
			w.tick(m)
			w.advance(time.Second)
			r := w.tick(m)
			if !left || r.Inside+r.Reserved > 0 {
				t.Errorf("left: %v; %d inside, %d reserved", left, r.Inside, r.Reserved)
			}
			if _, waits, _ := w.cloud.Queue().Get(ctx, w.zone.Queue(), policy.Keys(v, w.zone, seed)[0]); waits {
				t.Error("the place is still there")
			}
		})
	}
}

// removing does something just before a place is removed.
type removing struct {
	queue.Store
	before func()
}

func (q *removing) Remove(ctx context.Context, of queue.Of, key queue.Key) error {
	q.before()
	return q.Store.Remove(ctx, of, key)
}

// When the slot of a leaver can't be freed, the next tick tries again.
func TestALeaversSlotIsFreedByTheNextTick(t *testing.T) {
	w := newWorld(t, nil)
	v, m, down := w.visitor(1, epoch), &exchange.Memory{}, errors.New("down")
	_, err := w.reg.Ask(ctx, v)
	is(t, err, "")
	w.x.Log = &around{Log: w.x.Log, before: func() { is(t, w.admit.Leave(ctx, v, bucket.Ref{}), "") }}
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "log.Apply", down) }
	if _, err := w.x.Tick(ctx, w.zone, m); !errors.Is(err, down) {
		t.Errorf("the tick that failed: %v", err)
	}
	w.cloud.Fault = nil
	if w.tick(m); w.pages()[0].Grants[0].State != bucket.Left {
		t.Errorf("the grant stands at %+v", w.pages()[0].Grants[0])
	}
}

// Whose place is gone but who has renewed the visit since hasn't left.
func TestWhoRenewsMeanwhileHasNotLeft(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Renews = true })
	v := w.visitor(1, epoch)
	p, err := w.reg.Ask(ctx, v)
	is(t, err, "")
	w.x.Log = &around{Log: w.x.Log, after: func() {
		is(t, w.cloud.Queue().Remove(ctx, w.zone.Queue(), p.Key), "")
		w.advance(w.zone.Session / 2)
		_, err := w.admit.Enter(ctx, v, bucket.Ref{Page: 1})
		is(t, err, "")
	}}
	m := &exchange.Memory{}
	w.tick(m)
	if r := w.tick(m); r.Inside != 1 {
		t.Errorf("%d inside", r.Inside)
	}
}

// The place of a visitor who left is a stray's, however short or long the visit was ago.
func TestPlacesOfThoseWhoLeftAreStrays(t *testing.T) {
	w := newWorld(t, nil)
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	_, err := w.reg.Ask(ctx, v)
	is(t, err, "")
	w.tick(m)
	is(t, w.admit.Leave(ctx, v, bucket.Ref{}), "")
	for _, later := range []time.Duration{time.Second, 2 * bucket.LearnSpan(w.zone.Window)} {
		w.advance(later)
		w.tick(m)
		w.register(v, "there")
		if r := w.tick(m); r.Swept != 1 {
			t.Errorf("%v later: %d swept", later, r.Swept)
		}
	}
}

// Nobody looks whether a visitor left who claimed: a place that such a visitor takes again is a stray's at once.
func TestThePlaceOfSomebodyWhoClaimedIsAStrays(t *testing.T) {
	w := newWorld(t, nil)
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	w.register(v, "there")
	w.tick(m)
	_, err := w.admit.Enter(ctx, v, bucket.Ref{Page: 1})
	is(t, err, "")
	w.register(v, "there")
	if r := w.tick(m); r.Swept != 1 || r.Inside != 1 {
		t.Errorf("%d swept, %d inside", r.Swept, r.Inside)
	}
}

// A place that could not be removed when its visitor was let in is a stray's as soon as no tick looks whether the
// visitor left, by whatever clock.
func TestThePlaceOfSomebodyInsideIsAStraysLater(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Session = time.Hour })
	_, err := w.reg.Ask(ctx, w.visitor(1, epoch))
	is(t, err, "")
	m, down := &exchange.Memory{}, errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "queue.Remove", down) }
	if _, err := w.x.Tick(ctx, w.zone, m); !errors.Is(err, down) {
		t.Errorf("the tick that failed: %v", err)
	}
	w.cloud.Fault = nil
	w.advance(10*time.Second + zone.MaxSkew - time.Millisecond)
	if r := w.tick(m); r.Swept != 0 || r.Inside != 1 {
		t.Errorf("too early: %d swept, %d inside", r.Swept, r.Inside)
	}
	w.advance(time.Millisecond)
	if r := w.tick(m); r.Swept != 1 || r.Inside != 1 {
		t.Errorf("%d swept, %d inside", r.Swept, r.Inside)
	}
}
