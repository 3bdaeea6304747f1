package exchange

import (
	"context"
	"sync"
	"time"

	"foyer/internal/room/queue"
)

const (
	maxChecks = 500             // connections looked up in one tick, at most
	aliveFor  = 5 * time.Second // how long a connection is taken to exist after it was seen
	maxAlive  = 10_000          // connections remembered
	handshake = 5 * time.Second // how long a connection is taken to exist after its handshake began
)

// MaxChecksPerSecond is how many connections are looked up in a second for all zones: a fifth of what an account may
// ask of API Gateway, which registering, entering and pushes share.
const MaxChecksPerSecond = 2000

// checks is what is left of a second's look-ups for all zones.
type checks struct {
	mu   sync.Mutex
	from time.Time // when the second began
	left int
}

// take returns a zone's part, maxChecks at most. None takes more than a quarter of what is left, so that every zone
// gets some: a visitor who isn't looked up is taken to be there, and the push finds out.
func (c *checks) take(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := now.Sub(c.from); since < 0 || since >= time.Second {
		c.from, c.left = now, MaxChecksPerSecond
	}
	n := min(maxChecks, (c.left+3)/4)
	c.left -= n
	return n
}

// give gives back what a zone didn't use.
func (c *checks) give(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left += n
}

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
