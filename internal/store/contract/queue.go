package contract

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"foyer/internal/room/queue"
)

// Queue runs the contract of queue.Store.
func Queue(t *testing.T, fresh func(*testing.T) queue.Store) {
	for name, story := range map[string]func(*testing.T, queue.Store){
		"a place is kept as registered":                           placeIsKept,
		"repeating changes nothing but a newer connection":        onlyNewerConnection,
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
		{Key: visitor(1), RegisteredAt: after(5)},
		{Key: visitor(2), RegisteredAt: after(6), Conn: conn(2), ConnAt: after(7)},
	} {
		stands, err := s.Register(ctx, "main", 4, want)
		must(t, err)
		same(t, "the entry as it stands", stands, want)
		got, found, err := s.Get(ctx, "main", 4, want.Key)
		must(t, err)
		same(t, "found", found, true)
		same(t, "the entry as read", got, want)
	}
	_, found, err := s.Get(ctx, "other", 4, visitor(1))
	must(t, err)
	same(t, "found in another zone", found, false)
	_, found, err = s.Get(ctx, "main", 4, visitor(3))
	must(t, err)
	same(t, "found though never registered", found, false)
}

func onlyNewerConnection(t *testing.T, s queue.Store) {
	with := func(registered, n, at int) queue.Entry {
		return queue.Entry{RegisteredAt: after(registered), Conn: conn(n), ConnAt: after(at)}
	}
	bare := func(registered int) queue.Entry { return queue.Entry{RegisteredAt: after(registered)} }
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
			c.first.Key, c.again.Key, c.want.Key = visitor(i), visitor(i), visitor(i)
			_, err := s.Register(t.Context(), "main", 2, c.first)
			must(t, err)
			stands, err := s.Register(t.Context(), "main", 2, c.again)
			must(t, err)
			same(t, "the entry as it stands", stands, c.want)
			got, _, err := s.Get(t.Context(), "main", 2, c.first.Key)
			must(t, err)
			same(t, "the entry as read", got, c.want)
		})
	}
}

func reconnectCreatesNothing(t *testing.T, s queue.Store) {
	ctx := t.Context()
	e := queue.Entry{Key: visitor(1), RegisteredAt: after(0), Conn: conn(1), ConnAt: after(1)}
	found, err := s.Reconnect(ctx, "main", 4, e)
	must(t, err)
	same(t, "found before registering", found, false)
	_, found, err = s.Get(ctx, "main", 4, e.Key)
	must(t, err)
	same(t, "created by reconnecting", found, false)

	_, err = s.Register(ctx, "main", 4, queue.Entry{Key: e.Key, RegisteredAt: after(0)})
	must(t, err)
	for _, step := range []struct{ n, at, want int }{{1, 1, 1}, {3, 3, 3}, {2, 2, 3}} {
		e := queue.Entry{Key: e.Key, RegisteredAt: after(50), Conn: conn(step.n), ConnAt: after(step.at)}
		found, err = s.Reconnect(ctx, "main", 4, e)
		must(t, err)
		same(t, "found", found, true)
		got, _, err := s.Get(ctx, "main", 4, e.Key)
		must(t, err)
		same(t, "the entry as read", got, queue.Entry{Key: e.Key, RegisteredAt: after(0), Conn: conn(step.want), ConnAt: after(step.want)})
	}
	found, err = s.Reconnect(ctx, "main", 4, queue.Entry{Key: e.Key, RegisteredAt: after(60)})
	must(t, err)
	same(t, "found without a connection", found, true)
}

// crowd registers visitors 0 to n-1 and returns the keys of each shard in order.
func crowd(t *testing.T, s queue.Store, n, shards int) [][]queue.Key {
	t.Helper()
	byShard := make([][]queue.Key, shards)
	for _, i := range shuffled(n) {
		key := visitor(i)
		_, err := s.Register(t.Context(), "main", shards, queue.Entry{Key: key, RegisteredAt: after(i)})
		must(t, err)
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
	_, err := s.Register(ctx, "other", 3, queue.Entry{Key: visitor(0), RegisteredAt: after(0)})
	must(t, err)
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
			must(t, err)
			same(t, fmt.Sprintf("keys of shard %d after %v", shard, c.after), keysOf(head), c.want)
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
		_, err := s.Register(ctx, "main", 2, queue.Entry{Key: visitor(n), RegisteredAt: after(0), Conn: conn(n), ConnAt: after(n)})
		must(t, err)
	}
	for range 2 {
		must(t, s.Remove(ctx, "main", 2, visitor(0)))
		_, found, err := s.Get(ctx, "main", 2, visitor(0))
		must(t, err)
		same(t, "found after its removal", found, false)
	}
	_, found, err := s.Get(ctx, "main", 2, visitor(1))
	must(t, err)
	same(t, "the other's place is found", found, true)
}

func removeWithConnection(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for i, c := range []struct {
		name, has, remove string
		gone              bool
	}{
		{"the same", conn(1), conn(1), true},
		{"another", conn(2), conn(1), false},
		{"one where there is none", "", conn(1), false},
		{"none where there is none", "", "", true},
		{"none where there is one", conn(1), "", false},
	} {
		e := queue.Entry{Key: visitor(i), RegisteredAt: after(0), Conn: c.has}
		if c.has != "" {
			e.ConnAt = after(1)
		}
		_, err := s.Register(ctx, "main", 2, e)
		must(t, err)
		for range 2 {
			gone, err := s.RemoveConn(ctx, "main", 2, e.Key, c.remove)
			must(t, err)
			same(t, c.name+": gone", gone, c.gone)
		}
		_, found, err := s.Get(ctx, "main", 2, e.Key)
		must(t, err)
		same(t, c.name+": found", found, !c.gone)
	}
}

func scanInOrder(t *testing.T, s queue.Store) {
	ctx := t.Context()
	for shard, want := range crowd(t, s, 250, 2) {
		var got []queue.Key
		must(t, s.Scan(ctx, "main", shard, func(keys []queue.Key) error {
			got = append(got, keys...)
			return nil
		}))
		same(t, "keys of the shard", got, want)
	}
	stop, calls := errors.New("enough"), 0
	err := s.Scan(ctx, "main", 0, func([]queue.Key) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("the visitor's error gave %v after %d calls", err, calls)
	}
	must(t, s.Scan(ctx, "empty", 0, func(keys []queue.Key) error { return fmt.Errorf("an empty shard gave %d keys", len(keys)) }))
}

func latestConnectionStands(t *testing.T, s queue.Store) {
	results := race(10, func(i int) error {
		e := queue.Entry{Key: visitor(1), RegisteredAt: after(i), Conn: conn(i), ConnAt: after(100 + i)}
		_, err := s.Register(t.Context(), "main", 4, e)
		return err
	})
	must(t, errors.Join(results...))
	got, _, err := s.Get(t.Context(), "main", 4, visitor(1))
	must(t, err)
	same(t, "the connection", got.Conn, conn(9))
	same(t, "its time", got.ConnAt, after(109))
	if got.RegisteredAt.Before(after(0)) || got.RegisteredAt.After(after(9)) {
		t.Errorf("registered at %v, which nobody said", got.RegisteredAt)
	}
}

func reconnectionKeepsPlace(t *testing.T, s queue.Store) {
	for i := range 20 {
		old, newer := entryAt(i, 1, 1), entryAt(i, 2, 2)
		_, err := s.Register(t.Context(), "main", 4, old)
		must(t, err)
		must(t, errors.Join(race(2, func(contender int) error {
			if contender == 0 {
				_, err := s.RemoveConn(t.Context(), "main", 4, old.Key, old.Conn)
				return err
			}
			_, err := s.Register(t.Context(), "main", 4, newer)
			return err
		})...))
		got, found, err := s.Get(t.Context(), "main", 4, old.Key)
		must(t, err)
		if !found || got.Conn != newer.Conn {
			t.Fatalf("round %d: found %v with %q", i, found, got.Conn)
		}
	}
}

func entryAt(n, connection, ms int) queue.Entry {
	return queue.Entry{Key: visitor(n), RegisteredAt: start, Conn: conn(connection), ConnAt: start.Add(time.Duration(ms) * time.Millisecond)}
}

func reconnectOrGone(t *testing.T, s queue.Store) {
	for i := range 20 {
		old, newer := entryAt(i, 1, 1), entryAt(i, 2, 2)
		_, err := s.Register(t.Context(), "main", 4, old)
		must(t, err)
		var gone, reconnected bool
		must(t, errors.Join(race(2, func(contender int) (err error) {
			if contender == 0 {
				gone, err = s.RemoveConn(t.Context(), "main", 4, old.Key, old.Conn)
			} else {
				reconnected, err = s.Reconnect(t.Context(), "main", 4, newer)
			}
			return err
		})...))
		_, found, err := s.Get(t.Context(), "main", 4, old.Key)
		must(t, err)
		if gone == reconnected || found != reconnected {
			t.Fatalf("round %d: gone %v, reconnected %v, found %v", i, gone, reconnected, found)
		}
	}
}
