package memroom

import (
	"context"
	"maps"
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

func shardOf(of queue.Of, key queue.Key) shard {
	return shard{of.Zone, key.Visitor().Shard(of.Shards)}
}

func (s queueStore) Register(ctx context.Context, of queue.Of, e queue.Entry) (stands queue.Entry, err error) {
	e.ConnAt, e.RegisteredAt = Millis(e.ConnAt), Millis(e.RegisteredAt)
	err = s.Do(ctx, "queue.Register", func() error {
		stands, _ = s.register(shardOf(of, e.Key), e, true)
		return nil
	})
	return Standing(stands, err)
}

// standing keeps an answer from being seen next to an error.
func Standing[T any](value T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return value, nil
}

func (s queueStore) Reconnect(ctx context.Context, of queue.Of, e queue.Entry) (found bool, err error) {
	e.ConnAt, e.RegisteredAt = Millis(e.ConnAt), Millis(e.RegisteredAt)
	err = s.Do(ctx, "queue.Reconnect", func() error {
		_, found = s.register(shardOf(of, e.Key), e, false)
		return nil
	})
	return Standing(found, err)
}

// register writes e's place, or only its connection when the place is there and the connection is newer.
func (s queueStore) register(at shard, e queue.Entry, create bool) (stands queue.Entry, found bool) {
	stands, found = s.places[at][e.Key]
	if !found && !create {
		return stands, false
	}
	if !found {
		stands = queue.Entry{Key: e.Key, RegisteredAt: e.RegisteredAt}
	}
	if e.Conn != "" && (stands.Conn == "" || stands.ConnAt.Before(e.ConnAt)) {
		stands.Conn, stands.ConnAt = e.Conn, e.ConnAt
	}
	if s.places[at] == nil {
		s.places[at] = map[queue.Key]queue.Entry{}
	}
	s.places[at][e.Key] = stands
	return stands, true
}

func (s queueStore) Head(ctx context.Context, zone string, number int, after queue.Key, limit int) (head []queue.Entry, err error) {
	err = s.Do(ctx, "queue.Head", func() error {
		head = nil
		for _, key := range s.after(shard{zone, number}, after, limit) {
			head = append(head, s.places[shard{zone, number}][key])
		}
		return nil
	})
	return Standing(head, err)
}

// after is up to limit keys of a shard that are greater than after, in order.
func (s queueStore) after(at shard, after queue.Key, limit int) []queue.Key {
	keys := slices.SortedFunc(maps.Keys(s.places[at]), queue.Key.Compare)
	first, _ := slices.BinarySearchFunc(keys, after, queue.Key.Compare)
	if first < len(keys) && keys[first] == after {
		first++
	}
	return keys[first:min(first+max(limit, 0), len(keys))]
}

func (s queueStore) Get(ctx context.Context, of queue.Of, key queue.Key) (e queue.Entry, found bool, err error) {
	err = s.Do(ctx, "queue.Get", func() error {
		e, found = s.places[shardOf(of, key)][key]
		return nil
	})
	if err != nil {
		return queue.Entry{}, false, err
	}
	return e, found, nil
}

func (s queueStore) Remove(ctx context.Context, of queue.Of, key queue.Key) error {
	return s.Do(ctx, "queue.Remove", func() error {
		delete(s.places[shardOf(of, key)], key)
		return nil
	})
}

func (s queueStore) RemoveConn(ctx context.Context, of queue.Of, key queue.Key, conn string) (gone bool, err error) {
	err = s.Do(ctx, "queue.RemoveConn", func() error {
		at := shardOf(of, key)
		e, found := s.places[at][key]
		if gone = !found || e.Conn == conn; gone {
			delete(s.places[at], key)
		}
		return nil
	})
	return Standing(gone, err)
}

func (s queueStore) Scan(ctx context.Context, zone string, number int, visit func([]queue.Key) error) error {
	var after queue.Key
	for {
		var keys []queue.Key
		err := s.Do(ctx, "queue.Scan", func() error {
			keys = s.after(shard{zone, number}, after, scanBatch)
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
