package exchange_test

import (
	"context"
	"errors"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// The stores without one of the conditions that make the protocol exact.

type openLog struct {
	bucket.Log
	append, apply bool
}

// Append, unguarded, takes the next free number when the page's own is taken.
func (l openLog) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	err := l.Log.Append(ctx, of, p)
	for l.append && errors.Is(err, bucket.ErrPageExists) {
		p.Number++
		err = l.Log.Append(ctx, of, p)
	}
	return err
}

// Apply, unguarded, changes the grant whatever its state.
func (l openLog) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	err := l.Log.Apply(ctx, of, changes...)
	var stands *bucket.StateError
	if !l.apply || !errors.As(err, &stands) {
		return err
	}
	for _, c := range changes {
		if p, found, _ := l.Get(ctx, of, c.Ref.Page); found {
			c.From, c.FromConn = p.Grants[c.Ref.Slot].State, nil
			c.FromUntil = p.Grants[c.Ref.Slot].Until
			_ = l.Log.Apply(ctx, of, c)
		}
	}
	return nil
}

type openQueue struct {
	queue.Store
	remove, blind bool
}

func (q openQueue) RemoveConn(ctx context.Context, of queue.Of, key queue.Key, conn string) (bool, error) {
	if q.remove {
		return true, q.Remove(ctx, of, key)
	}
	return q.Store.RemoveConn(ctx, of, key, conn)
}

func (q openQueue) Head(
	ctx context.Context,
	zone string,
	shard int,
	after queue.Key,
	limit int,
) ([]queue.Entry, error) {
	if q.blind && shard == 1 {
		return nil, nil
	}
	return q.Store.Head(ctx, zone, shard, after, limit)
}

func unguardedAppend(w *world) { w.sabotage(openLog{append: true}, openQueue{}) }
func unguardedApply(w *world)  { w.sabotage(openLog{apply: true}, openQueue{}) }
func unguardedRemove(w *world) { w.sabotage(openLog{}, openQueue{remove: true}) }
func blindHead(w *world)       { w.sabotage(openLog{}, openQueue{blind: true}) }

func (w *world) sabotage(l openLog, q openQueue) {
	l.Log, q.Store = w.cloud.Log(), w.cloud.Queue()
	w.x.Log, w.x.Queue = l, q
	w.admit.Log, w.admit.Queue = l, q
	w.tell.Log, w.tell.Queue = l, q
}
