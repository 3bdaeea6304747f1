package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// roomPlants are the faults of the waiting room.
var roomPlants = map[string]plant{
	plantEdgeVersion: {within: 200},

	"a page is appended whether or not its number is free": {within: 20, stores: func(_ *World, s *stores) {
		s.log = logPlant{Log: s.log, append: func(
			ctx context.Context, l bucket.Log, of bucket.Of, p bucket.Page,
		) error {
			err := l.Append(ctx, of, p)
			for errors.Is(err, bucket.ErrPageExists) {
				p.Number++
				err = l.Append(ctx, of, p)
			}
			return err
		}}
	}},
	"any page counts as the one that was appended": {within: 700, stores: func(_ *World, s *stores) {
		s.log = logPlant{Log: s.log, append: func(
			ctx context.Context, l bucket.Log, of bucket.Of, p bucket.Page,
		) error {
			if err := l.Append(ctx, of, p); !errors.Is(err, bucket.ErrPageExists) {
				return err
			}
			return nil
		}}
	}},
	"a grant changes whatever its state": {within: 20, stores: changing(func(g bucket.Grant, c *bucket.Change) {
		c.From, c.FromUntil, c.FromConn = g.State, g.Until, nil
	})},
	"a claim doesn't ask for a reservation": {within: 999, stores: changing(func(g bucket.Grant, c *bucket.Change) {
		if c.From == bucket.Reserved && c.To == bucket.Inside {
			c.From = g.State
		}
	})},
	"a miss doesn't ask for the connection": {within: 600, stores: changing(func(_ bucket.Grant, c *bucket.Change) {
		if c.To == bucket.Missed {
			c.FromConn = nil
		}
	})},
	"the end of a grant doesn't ask for its time": {within: 600, stores: changing(func(
		_ bucket.Grant, c *bucket.Change,
	) {
		c.FromUntil = time.Time{}
	})},
	"a claim ends as if it were never made": {within: 20, stores: changing(func(_ bucket.Grant, c *bucket.Change) {
		if c.To == bucket.Left {
			c.To = bucket.Missed
		}
	})},
	"leaving leaves the grant as it is": {within: 20, stores: func(_ *World, s *stores) {
		s.log = logPlant{Log: s.log, apply: func(
			ctx context.Context, l bucket.Log, of bucket.Of, c []bucket.Change,
		) error {
			if c[0].To == bucket.Left {
				return nil
			}
			return l.Apply(ctx, of, c...)
		}}
	}},
	"overdue grants are never ended": {within: 20, stores: func(w *World, s *stores) {
		s.log = logPlant{Log: s.log, apply: func(
			ctx context.Context, l bucket.Log, of bucket.Of, c []bucket.Change,
		) error {
			if !c[0].FromUntil.IsZero() && c[0].To != bucket.Inside && c[0].To != bucket.Reserved {
				return nil
			}
			return l.Apply(ctx, of, c...)
		}}
	}},
	"the log is read without a page in the middle": {within: 20, stores: reading(func(
		pages []bucket.Page,
	) []bucket.Page {
		if len(pages) < 3 {
			return pages
		}
		return slices.Delete(pages, 1, 2)
	})},
	"those who were inside count as missed": {within: 20, stores: reading(func(pages []bucket.Page) []bucket.Page {
		for _, p := range pages {
			for i := range p.Grants {
				if s := p.Grants[i].State; s == bucket.Left || s == bucket.Expired {
					p.Grants[i].State = bucket.Missed
				}
			}
		}
		return pages
	})},
	"reservations don't count as live": {within: 20, stores: reading(func(pages []bucket.Page) []bucket.Page {
		for _, p := range pages {
			for i := range p.Grants {
				if p.Grants[i].State == bucket.Reserved {
					p.Grants[i].State = bucket.Missed
				}
			}
		}
		return pages
	})},
	plantBlindShard: {within: 20, stores: func(_ *World, s *stores) {
		s.queue = queuePlant{Store: s.queue, head: func(_ string, shard int, all []queue.Entry) []queue.Entry {
			if shard == 1 {
				return nil
			}
			return all
		}}
	}},
	"a head is read from the wrong end": {within: 20, stores: func(_ *World, s *stores) {
		s.queue = queuePlant{Store: s.queue, head: func(_ string, _ int, all []queue.Entry) []queue.Entry {
			slices.Reverse(all)
			return all
		}}
	}},
	"a head is old": {within: 20, stores: func(_ *World, s *stores) {
		old := map[int][]queue.Entry{}
		s.queue = queuePlant{Store: s.queue, head: func(_ string, shard int, all []queue.Entry) []queue.Entry {
			before := old[shard]
			old[shard] = slices.Clone(all)
			return before
		}}
	}},
	"a place is removed whatever its connection": {within: 80, stores: func(_ *World, s *stores) {
		s.queue = queuePlant{Store: s.queue, unconditional: true}
	}},
	"an older connection takes the place of a newer one": {within: 300, stores: func(w *World, s *stores) {
		s.queue = queuePlant{Store: s.queue, register: func(e queue.Entry) queue.Entry {
			if e.Conn != "" {
				e.ConnAt = w.time()
			}
			return e
		}}
	}},
	"registering again is a new place": {within: 20, stores: func(w *World, s *stores) {
		s.queue = queuePlant{Store: s.queue, renew: true}
	}},
	"the status is written whatever its version": {within: 900, stores: func(_ *World, s *stores) {
		s.zones = zonesPlant{Store: s.zones, status: true}
	}},
	"settings are never read again": {within: 40, stores: func(_ *World, s *stores) {
		s.zones = &frozenZones{Store: s.zones}
	}},
}

// changing plants a fault into the condition of every change of a grant, which is read first.
func changing(spoil func(g bucket.Grant, c *bucket.Change)) func(*World, *stores) {
	return func(_ *World, s *stores) {
		s.log = logPlant{Log: s.log, apply: func(
			ctx context.Context, l bucket.Log, of bucket.Of, all []bucket.Change,
		) error {
			p, found, err := l.Get(ctx, of, all[0].Ref.Page)
			if err != nil || !found {
				return err
			}
			all = slices.Clone(all)
			for i := range all {
				spoil(p.Grants[all[i].Ref.Slot], &all[i])
			}
			return l.Apply(ctx, of, all...)
		}}
	}
}

// reading plants a fault into what is read of the log.
func reading(spoil func([]bucket.Page) []bucket.Page) func(*World, *stores) {
	return func(_ *World, s *stores) { s.log = logPlant{Log: s.log, read: spoil} }
}

// logPlant is a log without some of its promises.
type logPlant struct {
	bucket.Log
	append func(context.Context, bucket.Log, bucket.Of, bucket.Page) error
	apply  func(context.Context, bucket.Log, bucket.Of, []bucket.Change) error
	read   func([]bucket.Page) []bucket.Page
}

func (l logPlant) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	if l.append == nil {
		return l.Log.Append(ctx, of, p)
	}
	return l.append(ctx, l.Log, of, p)
}

func (l logPlant) Apply(ctx context.Context, of bucket.Of, c ...bucket.Change) error {
	if l.apply == nil || len(c) == 0 {
		return l.Log.Apply(ctx, of, c...)
	}
	return l.apply(ctx, l.Log, of, c)
}

func (l logPlant) Read(ctx context.Context, of bucket.Of, from int64) ([]bucket.Page, error) {
	pages, err := l.Log.Read(ctx, of, from)
	if l.read != nil {
		pages = l.read(pages)
	}
	return pages, err
}

func (l logPlant) Get(ctx context.Context, of bucket.Of, number int64) (bucket.Page, bool, error) {
	p, found, err := l.Log.Get(ctx, of, number)
	if l.read != nil && found {
		if pages := l.read([]bucket.Page{p}); len(pages) == 1 {
			p = pages[0]
		}
	}
	return p, found, err
}

// queuePlant is a queue without some of its promises.
type queuePlant struct {
	queue.Store
	head          func(zone string, shard int, all []queue.Entry) []queue.Entry
	register      func(queue.Entry) queue.Entry
	unconditional bool
	renew         bool
}

func (q queuePlant) Head(
	ctx context.Context, zone string, shard int, after queue.Key, limit int,
) ([]queue.Entry, error) {
	all, err := q.Store.Head(ctx, zone, shard, after, limit)
	if q.head != nil && err == nil {
		all = q.head(zone, shard, all)
	}
	return all, err
}

func (q queuePlant) Register(ctx context.Context, of queue.Of, e queue.Entry) (queue.Entry, error) {
	if q.renew {
		if err := q.Store.Remove(ctx, of, e.Key); err != nil {
			return queue.Entry{}, err
		}
	}
	if q.register != nil {
		e = q.register(e)
	}
	return q.Store.Register(ctx, of, e)
}

func (q queuePlant) RemoveConn(ctx context.Context, of queue.Of, key queue.Key, conn string) (bool, error) {
	if q.unconditional {
		return true, q.Store.Remove(ctx, of, key)
	}
	return q.Store.RemoveConn(ctx, of, key, conn)
}

// zonesPlant is zones that are written without conditions.
type zonesPlant struct {
	zone.Store
	status bool
}

func (z zonesPlant) SaveStatus(ctx context.Context, s zone.Status) error {
	err := z.Store.SaveStatus(ctx, s)
	if z.status && problem.CodeOf(err) == problem.Conflict {
		there, err := z.Store.Status(ctx, s.Zone)
		if err != nil {
			return err
		}
		s.Version = there.Version + 1
		return z.Store.SaveStatus(ctx, s)
	}
	return err
}

// frozenZones remembers settings for ever.
type frozenZones struct {
	zone.Store
	list []zone.Settings
}

func (z *frozenZones) List(ctx context.Context) ([]zone.Settings, error) {
	if z.list != nil {
		return z.list, nil
	}
	all, err := z.Store.List(ctx)
	z.list = all
	return all, err
}
