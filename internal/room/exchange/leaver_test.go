package exchange_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
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
