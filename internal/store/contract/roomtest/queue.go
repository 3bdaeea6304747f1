// Package roomtest holds the contracts of the waiting room's stores: queue.Store, bucket.Log and zone.Store. Every
// implementation runs them.
package roomtest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/store/contract"
)

// Queue runs the contract of queue.Store.
func Queue(t *testing.T, fresh func(*testing.T) queue.Store) {
	for name, story := range map[string]func(*testing.T, queue.Store){
		"a place is kept as registered":                           placeIsKept,
		"repeating changes nothing but a newer connection":        onlyNewerConnection,
		"that a visitor asks is kept":                             askIsKept,
		"reconnecting creates nothing":                            reconnectCreatesNothing,
		"the head is in key order, by shard, after a key":         headInOrder,
		"removing is repeatable":                                  removeRepeats,
		"a place is removed only with its connection":             removeWithConnection,
		"a scan gives every key of a shard in order":              scanInOrder,
		"the latest of ten racing connections stands":             latestConnectionStands,
		"a reconnection racing a removal keeps the place":         reconnectionKeepsPlace,
		"a reconnection racing a removal never makes half of one": reconnectOrGone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fresh(t))
		})
	}
}

func placeIsKept(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for _, want := range []queue.Entry{
		{Key: contract.Visitor(1), RegisteredAt: contract.After(5)},
		{Key: contract.Visitor(2), RegisteredAt: contract.After(6), Conn: contract.Conn(2), ConnAt: contract.After(7)},
	} {
		stands, err := s.Register(ctx, of(4), want)
		contract.Must(t, err)
		contract.Same(t, "the entry as it stands", stands, want)
		got, found, err := s.Get(ctx, of(4), want.Key)
		contract.Must(t, err)
		contract.Same(t, "found", found, true)
		contract.Same(t, "the entry as read", got, want)
	}
	_, found, err := s.Get(ctx, queue.Of{Zone: "other", Shards: 4}, contract.Visitor(1))
	contract.Must(t, err)
	contract.Same(t, "found in another zone", found, false)
	_, found, err = s.Get(ctx, of(4), contract.Visitor(3))
	contract.Must(t, err)
	contract.Same(t, "found though never registered", found, false)
}

func onlyNewerConnection(t *testing.T, s queue.Store) {
	with := func(registered, n, at int) queue.Entry {
		return queue.Entry{RegisteredAt: contract.After(registered), Conn: contract.Conn(n), ConnAt: contract.After(at)}
	}
	bare := func(registered int) queue.Entry { return queue.Entry{RegisteredAt: contract.After(registered)} }
	for i, c := range []struct {
		name               string
		first, again, want queue.Entry
	}{
		{"again over HTTP", bare(0), bare(9), bare(0)},
		{"a socket after HTTP", bare(0), with(9, 1, 9), with(0, 1, 9)},
		{"HTTP after a socket", with(0, 1, 1), bare(9), with(0, 1, 1)},
		{"a newer socket", with(0, 1, 1), with(9, 2, 2), with(0, 2, 2)},
		{"an older socket", with(0, 2, 2), with(9, 1, 1), with(0, 2, 2)},
		{"another socket of the same moment", with(0, 1, 1), with(9, 2, 1), with(0, 1, 1)},
		{"the very same once more", with(0, 1, 1), with(0, 1, 1), with(0, 1, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.first.Key, c.again.Key, c.want.Key = contract.Visitor(i), contract.Visitor(i), contract.Visitor(i)
			_, err := s.Register(t.Context(), of(2), c.first)
			contract.Must(t, err)
			stands, err := s.Register(t.Context(), of(2), c.again)
			contract.Must(t, err)
			contract.Same(t, "the entry as it stands", stands, c.want)
			got, _, err := s.Get(t.Context(), of(2), c.first.Key)
			contract.Must(t, err)
			contract.Same(t, "the entry as read", got, c.want)
		})
	}
}

func askIsKept(t *testing.T, s queue.Store) {
	ctx := t.Context()
	asks := queue.Entry{Key: contract.Visitor(1), RegisteredAt: contract.After(1), AskedAt: contract.After(1)}
	stands, err := s.Register(ctx, of(4), asks)
	contract.Must(t, err)
	contract.Same(t, "the entry as it stands", stands, asks)
	conn := queue.Entry{
		Key: asks.Key, RegisteredAt: contract.After(2), Conn: contract.Conn(1), ConnAt: contract.After(2),
	}
	_, err = s.Register(ctx, of(4), conn)
	contract.Must(t, err)
	asks.Conn, asks.ConnAt, asks.AskedAt = conn.Conn, conn.ConnAt, contract.After(3)
	for range 2 {
		found, err := s.Reconnect(ctx, of(4), queue.Entry{Key: asks.Key, AskedAt: asks.AskedAt})
		contract.Must(t, err)
		contract.Same(t, "found", found, true)
	}
	head, err := s.Head(ctx, "main", asks.Key.Visitor().Shard(4), queue.Key{}, 5)
	contract.Must(t, err)
	contract.Same(t, "the head", head, []queue.Entry{asks})
	asks.Key = contract.Visitor(2)
	found, err := s.Reconnect(ctx, of(4), asks)
	contract.Must(t, err)
	contract.Same(t, "found though never registered", found, false)
}

func reconnectCreatesNothing(t *testing.T, s queue.Store) {
	ctx := t.Context()
	e := queue.Entry{
		Key:          contract.Visitor(1),
		RegisteredAt: contract.After(0),
		Conn:         contract.Conn(1),
		ConnAt:       contract.After(1),
	}
	found, err := s.Reconnect(ctx, of(4), e)
	contract.Must(t, err)
	contract.Same(t, "found before registering", found, false)
	_, found, err = s.Get(ctx, of(4), e.Key)
	contract.Must(t, err)
	contract.Same(t, "created by reconnecting", found, false)

	_, err = s.Register(ctx, of(4), queue.Entry{Key: e.Key, RegisteredAt: contract.After(0)})
	contract.Must(t, err)
	for _, step := range []struct{ n, at, want int }{{1, 1, 1}, {3, 3, 3}, {2, 2, 3}} {
		e := queue.Entry{
			Key:          e.Key,
			RegisteredAt: contract.After(50),
			Conn:         contract.Conn(step.n),
			ConnAt:       contract.After(step.at),
		}
		found, err = s.Reconnect(ctx, of(4), e)
		contract.Must(t, err)
		contract.Same(t, "found", found, true)
		got, _, err := s.Get(ctx, of(4), e.Key)
		contract.Must(t, err)
		contract.Same(
			t,
			"the entry as read",
			got,
			queue.Entry{
				Key:          e.Key,
				RegisteredAt: contract.After(0),
				Conn:         contract.Conn(step.want),
				ConnAt:       contract.After(step.want),
			},
		)
	}
	found, err = s.Reconnect(ctx, of(4), queue.Entry{Key: e.Key, RegisteredAt: contract.After(60)})
	contract.Must(t, err)
	contract.Same(t, "found without a connection", found, true)
}

// crowd registers visitors 0 to n-1 and returns the keys of each shard in order.
func crowd(t *testing.T, s queue.Store, n, shards int) [][]queue.Key {
	t.Helper()
	byShard := make([][]queue.Key, shards)
	for _, i := range shuffled(n) {
		key := contract.Visitor(i)
		_, err := s.Register(t.Context(), of(shards), queue.Entry{Key: key, RegisteredAt: contract.After(i)})
		contract.Must(t, err)
		at := key.Visitor().Shard(shards)
		byShard[at] = append(byShard[at], key)
	}
	for _, keys := range byShard {
		slices.SortFunc(keys, queue.Key.Compare)
	}
	return byShard
}

// shuffled is 0 to n-1 in an order that is neither up nor down; n is no multiple of 7.
func shuffled(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = (i*7 + 3) % n
	}
	return out
}

func headInOrder(t *testing.T, s queue.Store) {
	ctx := t.Context()
	shards := crowd(t, s, 60, 3)
	_, err := s.Register(ctx, queue.Of{Zone: "other", Shards: 3},
		queue.Entry{Key: contract.Visitor(0), RegisteredAt: contract.After(0)})
	contract.Must(t, err)
	for shard, keys := range shards {
		if len(keys) < 5 {
			t.Fatalf("shard %d has but %d places: a poor story", shard, len(keys))
		}
		for _, c := range []struct {
			after queue.Key
			limit int
			want  []queue.Key
		}{
			{queue.Key{}, 3, keys[:3]},
			{queue.Key{}, 1000, keys},
			{keys[1], 2, keys[2:4]},
			{keys[len(keys)-1], 5, nil},
			{queue.NewKey(queue.DefaultPriority, 0, 0, queue.VisitorID{}), 2, keys[:2]},
		} {
			head, err := s.Head(ctx, "main", shard, c.after, c.limit)
			contract.Must(t, err)
			contract.Same(t, fmt.Sprintf("keys of shard %d after %v", shard, c.after), keysOf(head), c.want)
		}
	}
}

func keysOf(entries []queue.Entry) (keys []queue.Key) {
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

func removeRepeats(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for n := range 2 {
		_, err := s.Register(
			ctx,
			of(2),
			queue.Entry{
				Key:          contract.Visitor(n),
				RegisteredAt: contract.After(0),
				Conn:         contract.Conn(n),
				ConnAt:       contract.After(n),
			},
		)
		contract.Must(t, err)
	}
	for range 2 {
		contract.Must(t, s.Remove(ctx, of(2), contract.Visitor(0)))
		_, found, err := s.Get(ctx, of(2), contract.Visitor(0))
		contract.Must(t, err)
		contract.Same(t, "found after its removal", found, false)
	}
	_, found, err := s.Get(ctx, of(2), contract.Visitor(1))
	contract.Must(t, err)
	contract.Same(t, "the other's place is found", found, true)
}

func removeWithConnection(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for i, c := range []struct {
		name, has, remove string
		gone              bool
	}{
		{"the same", contract.Conn(1), contract.Conn(1), true},
		{"another", contract.Conn(2), contract.Conn(1), false},
		{"one where there is none", "", contract.Conn(1), false},
		{"none where there is none", "", "", true},
		{"none where there is one", contract.Conn(1), "", false},
	} {
		e := queue.Entry{Key: contract.Visitor(i), RegisteredAt: contract.After(0), Conn: c.has}
		if c.has != "" {
			e.ConnAt = contract.After(1)
		}
		_, err := s.Register(ctx, of(2), e)
		contract.Must(t, err)
		for range 2 {
			gone, err := s.RemoveConn(ctx, of(2), e.Key, c.remove)
			contract.Must(t, err)
			contract.Same(t, c.name+": gone", gone, c.gone)
		}
		_, found, err := s.Get(ctx, of(2), e.Key)
		contract.Must(t, err)
		contract.Same(t, c.name+": found", found, !c.gone)
	}
}

func scanInOrder(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for shard, want := range crowd(t, s, 250, 2) {
		var got []queue.Key
		contract.Must(t, s.Scan(ctx, "main", shard, func(keys []queue.Key) error {
			got = append(got, keys...)
			return nil
		}))
		contract.Same(t, "keys of the shard", got, want)
	}
	stop, calls := errors.New("enough"), 0
	err := s.Scan(ctx, "main", 0, func([]queue.Key) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("the visitor's error gave %v after %d calls", err, calls)
	}
	contract.Must(
		t,
		s.Scan(ctx, "empty", 0, func(keys []queue.Key) error { return fmt.Errorf("an empty shard gave %d keys", len(keys)) }),
	)
}

func latestConnectionStands(t *testing.T, s queue.Store) {
	results := contract.Race(10, func(i int) error {
		e := queue.Entry{
			Key:          contract.Visitor(1),
			RegisteredAt: contract.After(i),
			Conn:         contract.Conn(i),
			ConnAt:       contract.After(100 + i),
		}
		_, err := s.Register(t.Context(), of(4), e)
		return err
	})
	contract.Must(t, errors.Join(results...))
	got, _, err := s.Get(t.Context(), of(4), contract.Visitor(1))
	contract.Must(t, err)
	contract.Same(t, "the connection", got.Conn, contract.Conn(9))
	contract.Same(t, "its time", got.ConnAt, contract.After(109))
	if got.RegisteredAt.Before(contract.After(0)) || got.RegisteredAt.After(contract.After(9)) {
		t.Errorf("registered at %v, which nobody said", got.RegisteredAt)
	}
}

func reconnectionKeepsPlace(t *testing.T, s queue.Store) {
	for i := range 20 {
		old, newer := entryAt(i, 1, 1), entryAt(i, 2, 2)
		_, err := s.Register(t.Context(), of(4), old)
		contract.Must(t, err)
		contract.Must(t, errors.Join(contract.Race(2, func(contender int) error {
			if contender == 0 {
				_, err := s.RemoveConn(t.Context(), of(4), old.Key, old.Conn)
				return err
			}
			_, err := s.Register(t.Context(), of(4), newer)
			return err
		})...))
		got, found, err := s.Get(t.Context(), of(4), old.Key)
		contract.Must(t, err)
		if !found || got.Conn != newer.Conn {
			t.Fatalf("round %d: found %v with %q", i, found, got.Conn)
		}
	}
}

func entryAt(n, connection, ms int) queue.Entry {
	return queue.Entry{
		Key:          contract.Visitor(n),
		RegisteredAt: contract.Start,
		Conn:         contract.Conn(connection),
		ConnAt:       contract.Start.Add(time.Duration(ms) * time.Millisecond),
	}
}

func reconnectOrGone(t *testing.T, s queue.Store) {
	for i := range 20 {
		old, newer := entryAt(i, 1, 1), entryAt(i, 2, 2)
		_, err := s.Register(t.Context(), of(4), old)
		contract.Must(t, err)
		var gone, reconnected bool
		contract.Must(t, errors.Join(contract.Race(2, func(contender int) (err error) {
			if contender == 0 {
				gone, err = s.RemoveConn(t.Context(), of(4), old.Key, old.Conn)
			} else {
				reconnected, err = s.Reconnect(t.Context(), of(4), newer)
			}
			return err
		})...))
		_, found, err := s.Get(t.Context(), of(4), old.Key)
		contract.Must(t, err)
		if gone == reconnected || found != reconnected {
			t.Fatalf("round %d: gone %v, reconnected %v, found %v", i, gone, reconnected, found)
		}
	}
}

func of(shards int) queue.Of { return queue.Of{Zone: "main", Shards: shards} }
