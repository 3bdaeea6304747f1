package memroom

import (
	"context"
	"slices"

	"foyer/internal/room/queue"
)

// shard is one partition of one zone's queue.
type shard struct {
	zone   string
	number int
}

// scanBatch is how many keys Scan hands over at once.
const scanBatch = 100

type queueStore struct{ *Cloud }

func asStored(e queue.Entry) queue.Entry {
	e.ConnAt, e.RegisteredAt, e.AskedAt = Millis(e.ConnAt), Millis(e.RegisteredAt), Millis(e.AskedAt)
	return e
}

func shardOf(of queue.Of, key queue.Key) shard {
	return shard{of.Zone, key.Visitor().Shard(of.Shards)}
}

func (s queueStore) Register(ctx context.Context, of queue.Of, e queue.Entry) (stands queue.Entry, err error) {
	e = asStored(e)
	err = s.Do(ctx, "queue.Register", func() error {
		stands, _ = s.register(shardOf(of, e.Key), e, true)
		return nil
	})
	return Standing(stands, err)
}

// Standing returns value, or the zero value beside an error, so that no answer is seen next to one.
func Standing[T any](value T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return value, nil
}

func (s queueStore) Reconnect(ctx context.Context, of queue.Of, e queue.Entry) (found bool, err error) {
	e = asStored(e)
	err = s.Do(ctx, "queue.Reconnect", func() error {
		_, found = s.register(shardOf(of, e.Key), e, false)
		return nil
	})
	return Standing(found, err)
}

// register writes e's place, or only its connection when the place is there and the connection is newer.
func (s queueStore) register(at shard, e queue.Entry, create bool) (stands queue.Entry, found bool) {
	n, found := s.place(at, e.Key)
	if found {
		stands = s.places[at][n]
	} else if !create {
		return stands, false
	} else {
		stands = queue.Entry{Key: e.Key, RegisteredAt: e.RegisteredAt}
	}
	old := stands
	if e.Conn != "" && stands.ConnAt.Before(e.ConnAt) { // without a connection there is no time of one
		stands.Conn, stands.ConnAt = e.Conn, e.ConnAt
	}
	if !e.AskedAt.IsZero() {
		stands.AskedAt = e.AskedAt
	}
	switch {
	case !found:
		s.places[at] = slices.Insert(s.places[at], n, stands)
		s.Stream.place(at.zone, nil, &stands)
	case old != stands:
		s.places[at][n] = stands
		s.Stream.place(at.zone, &old, &stands)
	}
	return stands, true
}

// place returns where a place is in its shard, or would be.
func (s queueStore) place(at shard, key queue.Key) (n int, found bool) {
	return slices.BinarySearchFunc(s.places[at], key, func(e queue.Entry, k queue.Key) int { return e.Key.Compare(k) })
}

// remove deletes a place if may reports that it may go. It reports whether the place is gone.
func (s queueStore) remove(at shard, key queue.Key, may func(queue.Entry) bool) (gone bool) {
	n, found := s.place(at, key)
	if !found {
		return true
	}
	old := s.places[at][n]
	if !may(old) {
		return false
	}
	s.places[at] = slices.Delete(s.places[at], n, n+1)
	s.Stream.place(at.zone, &old, nil)
	return true
}

func (s queueStore) Head(
	ctx context.Context, zone string, number int, after queue.Key, limit int,
) (head []queue.Entry, err error) {
	err = s.Do(ctx, "queue.Head", func() error {
		head = slices.Clone(s.after(shard{zone, number}, after, limit))
		return nil
	})
	return Standing(head, err)
}

// after returns up to limit places of a shard with keys greater than after, in order.
func (s queueStore) after(at shard, after queue.Key, limit int) []queue.Entry {
	first, found := s.place(at, after)
	if found {
		first++
	}
	all := s.places[at]
	return all[first:min(first+max(limit, 0), len(all))]
}

func (s queueStore) Get(ctx context.Context, of queue.Of, key queue.Key) (e queue.Entry, found bool, err error) {
	err = s.Do(ctx, "queue.Get", func() error {
		var n int
		if n, found = s.place(shardOf(of, key), key); found {
			e = s.places[shardOf(of, key)][n]
		}
		return nil
	})
	if err != nil {
		return queue.Entry{}, false, err
	}
	return e, found, nil
}

func (s queueStore) Remove(ctx context.Context, of queue.Of, key queue.Key) error {
	return s.Do(ctx, "queue.Remove", func() error {
		s.remove(shardOf(of, key), key, func(queue.Entry) bool { return true })
		return nil
	})
}

func (s queueStore) RemoveConn(ctx context.Context, of queue.Of, key queue.Key, conn string) (gone bool, err error) {
	err = s.Do(ctx, "queue.RemoveConn", func() error {
		gone = s.remove(shardOf(of, key), key, func(e queue.Entry) bool { return e.Conn == conn })
		return nil
	})
	return Standing(gone, err)
}

func (s queueStore) Scan(ctx context.Context, zone string, number int, visit func([]queue.Key) error) error {
	var after queue.Key
	for {
		var keys []queue.Key
		err := s.Do(ctx, "queue.Scan", func() error {
			keys = make([]queue.Key, 0, scanBatch)
			for _, e := range s.after(shard{zone, number}, after, scanBatch) {
				keys = append(keys, e.Key)
			}
			return nil
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		after = keys[len(keys)-1]
		if err := visit(keys); err != nil {
			return err
		}
	}
}

// Places calls visit for every place of the zone as it stands, markers too, past the faults, for checks.
func (c *Cloud) Places(zone string, shards int, visit func(queue.Entry)) {
	_ = c.Locked(func() error {
		for number := range shards {
			for _, e := range c.places[shard{zone, number}] {
				visit(e)
			}
		}
		return nil
	})
}
