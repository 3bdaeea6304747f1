package policy

import (
	"context"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// SetAside removes the place of a visitor who is away, only while its connection is still conn, so that nobody absent
// is called again. On returning, the visitor registers at the same key and is first in line; in a draw the marker that
// is written first allows it. It reports whether the place was removed. Repeating it does no harm.
func SetAside(
	ctx context.Context, q queue.Store, s zone.Settings, key queue.Key, conn string, now time.Time,
) (bool, error) {
	if Drawn(s, key) {
		marker := queue.Entry{Key: queue.Marker(key.Visitor()), RegisteredAt: now}
		if _, err := q.Register(ctx, s.Queue(), marker); err != nil {
			return false, err
		}
	}
	return q.RemoveConn(ctx, s.Queue(), key, conn)
}
