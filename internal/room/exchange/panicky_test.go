package exchange_test

import (
	"context"

	"foyer/internal/room/queue"
)

// panicky is a queue that can't take one zone.
type panicky struct{ queue.Store }

func (p panicky) Head(ctx context.Context, zone string, shard int, after queue.Key, limit int) ([]queue.Entry, error) {
	if zone == "bad" && shard == 0 {
		panic("no")
	}
	return p.Store.Head(ctx, zone, shard, after, limit)
}
