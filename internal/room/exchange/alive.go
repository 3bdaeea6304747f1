package exchange

import (
	"context"
	"time"

	"foyer/internal/room/queue"
)

const (
	maxChecks = 500             // connections looked up in one tick, at most
	aliveFor  = 5 * time.Second // how long a connection is taken to exist after it was seen
	maxAlive  = 10_000          // connections remembered
	handshake = 2 * time.Second // how long a connection is taken to exist after its handshake began
)

// checkAll reports of each visitor whether the connection exists, using up the budget of lookups. Visitors without a
// connection, those who have just asked to be let in, and those whose connection can't be looked up, are taken to be
// there.
func (t *tick) checkAll(ctx context.Context, entries []queue.Entry, budget *int) []bool {
	alive := make([]bool, len(entries))
	var ask []int
	for i, e := range entries {
		alive[i] = true
		unknown := e.Conn != "" && !t.asks(e) && !t.underWay(e) && !t.m.front.isAlive(e.Conn, t.now)
		if t.Liveness != nil && unknown && *budget > 0 {
			ask = append(ask, i)
			*budget--
		}
	}
	_ = sideBySide(ctx, len(ask), func(n int) error {
		there, err := t.Liveness.Alive(ctx, entries[ask[n]].Conn)
		alive[ask[n]] = there || err != nil
		return nil
	})
	t.result.Checked += len(ask)
	for _, i := range ask {
		if alive[i] {
			t.m.front.alive.Put(entries[i].Conn, struct{}{}, t.now.Add(aliveFor), maxAlive)
		}
	}
	return alive
}

// underWay reports whether the handshake of e's connection may not be over: the platform doesn't know the connection
// yet and would call it gone.
func (t *tick) underWay(e queue.Entry) bool { return t.now.Sub(e.ConnAt) < handshake }

func (f *front) isAlive(conn string, now time.Time) bool {
	_, found := f.alive.Get(conn, now)
	return found
}
