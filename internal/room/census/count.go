package census

import (
	"cmp"
	"context"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// DefaultReaders is how many shards of a zone are read at once.
const DefaultReaders = 16

// Counter counts the queue of one zone at a time.
type Counter struct {
	Queue   queue.Store
	Now     func() time.Time
	Readers int // shards read at once; 0: DefaultReaders

	positions []uint64 // of everybody who waits, 8 bytes each; kept for the next count
}

// Count reads every shard of the zone's queue, eventually consistent, and draws the line through what it found. Only
// one count may run at a time.
func (c *Counter) Count(ctx context.Context, s zone.Settings) (zone.Census, error) {
	began := c.Now()
	if err := c.read(ctx, s); err != nil {
		return zone.Census{}, err
	}
	knots := Fit(c.positions)
	return zone.Census{At: began, Total: len(c.positions), Knots: knots.Pack(), Duration: c.Now().Sub(began)}, nil
}

func (c *Counter) read(ctx context.Context, s zone.Settings) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.positions = c.positions[:0]
	var mu sync.Mutex
	keep := func(keys []queue.Key) error {
		mu.Lock()
		defer mu.Unlock()
		for _, key := range keys {
			if !key.IsMarker() {
				c.positions = append(c.positions, Position(key))
			}
		}
		return nil
	}
	return parallel.Do(ctx, s.QueueShards, cmp.Or(c.Readers, DefaultReaders), func(shard int) error {
		err := ctx.Err()
		if err == nil {
			err = c.Queue.Scan(ctx, s.Zone, shard, keep)
		}
		if err != nil {
			cancel() // a count without a shard is worth nothing: the others may stop
		}
		return err
	})
}
