// Package seatcount counts the seats of a zone that are left: for the exchanger, which calls no more visitors than
// there are seats, and for the maps. It only reads, and holds no count in any transaction.
package seatcount

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"foyer/internal/cache"
	"foyer/internal/parallel"
	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

// CountEvery is how old a count of seats may be, and countParallel how many sections are read at once.
const (
	CountEvery    = 5 * time.Second
	countParallel = 8
	maxZones      = 1000 // whose counts are remembered
)

// Counter counts the seats that are left, for the exchanger: it is an exchange.Seats. It reads the touched seats of
// every section, at most once in CountEvery. The alternative, a counter in every lock's transaction, would cost each
// buyer two more write units, make all buyers of a zone contend for one item (or for shards of it, which a read has to
// sum anyway), and be wrong after the first lock that expires, since expiry writes nothing. A read of 50,000 sold seats
// is about 3 MB, 750 read units: $0.07 an hour while a zone is open, and exact for the moment when each section is
// read.
type Counter struct {
	Seats seat.Store
	Maps  *seatmap.Maps
	Board seat.Board // where the counts go, for the maps; nil: nowhere
	Now   func() time.Time

	counted cache.Cache[string, int]

	mu    sync.Mutex
	shown map[string]seat.Counts
}

// showEvery is how often counts that didn't change are written to the board, so that they don't look old.
const showEvery = 30 * time.Second

// SeatsLeft returns how many seats of the zone are neither taken nor locked for a payment under way; -1: it sells none.
func (c *Counter) SeatsLeft(ctx context.Context, zone string) (int, error) {
	now := c.Now()
	if n, found := c.counted.Get(zone, now); found {
		return n, nil
	}
	n, err := c.count(ctx, zone, now)
	if err == nil {
		c.counted.Put(zone, n, now.Add(CountEvery), maxZones)
	}
	return n, err
}

func (c *Counter) count(ctx context.Context, zone string, now time.Time) (int, error) {
	o, err := c.Maps.Overview(ctx, zone)
	if problem.CodeOf(err) == problem.NotFound {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	var gone atomic.Int64
	free := make([]int, len(o.Sections))
	err = parallel.Do(ctx, len(o.Sections), countParallel, func(i int) error {
		free[i] = o.Sections[i].Seats
		seats, err := c.Seats.Snapshot(ctx, zone, o.Sections[i].ID)
		for _, one := range seats {
			if one.Status(now) == seat.Available {
				continue
			}
			if free[i]--; one.Gone(now) {
				gone.Add(1)
			}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	c.show(ctx, zone, seat.Counts{At: now, Free: byID(o, free)})
	return max(0, o.Size()-int(gone.Load())), nil
}

func byID(o venue.Overview, free []int) map[string]int {
	all := map[string]int{}
	for i, part := range o.Sections {
		all[part.ID] = max(0, free[i])
	}
	return all
}

// show writes counts to the board if they are new. A failed write is made up for by the next one: the exchange must not
// fail for it.
func (c *Counter) show(ctx context.Context, zone string, n seat.Counts) {
	if c.Board == nil {
		return
	}
	c.mu.Lock()
	last := c.shown[zone]
	c.mu.Unlock()
	if maps.Equal(last.Free, n.Free) && n.At.Sub(last.At) < showEvery || c.Board.SaveCounts(ctx, zone, n) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown == nil {
		c.shown = map[string]seat.Counts{}
	}
	c.shown[zone] = n
}
