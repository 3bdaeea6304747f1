package policy

import (
	"context"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// redrawn is how many places are read at once.
const redrawn = 200

// Redraw gives every place in a draw that another seed ranked the rank by this one, with its connection and all else,
// and returns how many it moved. Nobody may have been called yet. Repeating it does no harm; moved is called for each.
func Redraw(ctx context.Context, q queue.Store, s zone.Settings, seed string, moved func()) (n int, err error) {
	for shard := range s.QueueShards {
		for after, more := (queue.Key{}), true; more; {
			places, err := q.Head(ctx, s.Zone, shard, after, redrawn)
			if err != nil {
				return n, err
			}
			for _, e := range places {
				after = e.Key
				did, err := redraw(ctx, q, s, e, seed)
				if err != nil {
					return n, err
				}
				if did {
					n++
					moved()
				}
			}
			more = len(places) == redrawn
		}
	}
	return n, nil
}

// redraw moves one place, and reports whether it had to be.
func redraw(ctx context.Context, q queue.Store, s zone.Settings, e queue.Entry, seed string) (bool, error) {
	old, v := e.Key, e.Key.Visitor()
	if old.IsMarker() || !Drawn(s, old) || old.Rank() == Rank(seed, v) {
		return false, nil
	}
	e.Key = queue.NewKey(old.Priority(), LaneFirst, Rank(seed, v), v)
	if _, err := q.Register(ctx, s.Queue(), e); err != nil { // first: a place is never lost
		return false, err
	}
	return true, q.Remove(ctx, s.Queue(), old)
}
