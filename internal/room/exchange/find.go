package exchange

import (
	"context"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// Find returns the newest grant of visitor v that was made after since, as far back as the log goes. It reads the end
// of the log, and older pages once only: where a visitor's grant lies never changes. The state of the grant found must
// be read from its page. Keys is every order key that v can have: when all of them are above the highest key called, v
// was never called and nothing more is read.
func (x *Exchange) Find(
	ctx context.Context, s zone.Settings, m *Memory, v queue.VisitorID, keys []queue.Key, since time.Time,
) (ref bucket.Ref, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := x.now()
	if _, err := m.load(ctx, x.Log, s, now, tailAge); err != nil {
		return bucket.Ref{}, false, err
	}
	for {
		if seen, ok := m.visitors[v]; ok {
			return seen.ref(), true, nil
		}
		if m.knows(1) || !anyCalled(keys, m.called) || m.oldest.Before(since) {
			return bucket.Ref{}, false, nil
		}
		if _, err := m.readBack(ctx, x.Log, s, now); err != nil {
			return bucket.Ref{}, false, err
		}
	}
}

func anyCalled(keys []queue.Key, called queue.Key) bool {
	return slices.ContainsFunc(keys, func(k queue.Key) bool { return k.Compare(called) <= 0 })
}
