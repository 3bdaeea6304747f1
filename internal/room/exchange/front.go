package exchange

import (
	"context"
	"time"

	"foyer/internal/cache"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

const (
	maxChecks = 500             // connections asked for in one tick, at most
	aliveFor  = 5 * time.Second // how long a connection is taken to be there after it was
	maxAlive  = 10_000          // connections remembered
	handshake = 2 * time.Second // how long a connection is taken to be there after its handshake began
	lookEvery = 5 * time.Second // how often the queue is looked at when nobody can be called
)

// front is what the exchanger remembers of a zone besides its log.
type front struct {
	alive cache.Cache[string, struct{}] // connections that are taken to be there

	lookedAt   time.Time // when the queue was last looked at
	waiting    int       // people seen waiting then
	exact      bool      // and that was all of them
	first      time.Time // registration of the first of them
	emptySince time.Time // since when nobody was left waiting; zero: somebody is, or nobody knows

	passed []bucket.Passed // who was set aside of late, for the pace of the line

	status   zone.Status // as stored
	statusAt time.Time   // when it was last read or written
	savedAt  time.Time   // when it was last written by us
}

// worthLooking reports whether the queue must be looked at: to call n visitors, to see whether reserved ones are on a
// new connection, or now and then to know how many wait.
func (t *tick) worthLooking(n int) bool {
	due := t.now.Sub(t.m.front.lookedAt) >= lookEvery
	return n > 0 || due || bucket.CountLive(t.m.kept).Reserved > 0
}

// remember keeps what a look found.
func (t *tick) remember(l *line) {
	f := &t.m.front
	f.lookedAt, f.waiting, f.exact, f.first = t.now, l.waiting, l.all, l.first.RegisteredAt
	f.passBy(len(l.gone), t.now)
	switch {
	case l.waiting > 0 || !l.all:
		f.emptySince = time.Time{}
	case f.emptySince.IsZero():
		f.emptySince = t.now
	}
}

// passBy keeps how many were set aside, as long as it counts for the pace of the line.
func (f *front) passBy(n int, now time.Time) {
	for len(f.passed) > 0 && now.Sub(f.passed[0].At) > bucket.MeasureSpan {
		f.passed = f.passed[1:]
	}
	if n > 0 {
		f.passed = append(f.passed, bucket.Passed{At: now, N: n})
	}
}

// checkAll tells which of the visitors are there. Those without a connection, and those nobody knows of, are taken to be.
func (t *tick) checkAll(ctx context.Context, entries []queue.Entry, budget *int) []bool {
	alive := make([]bool, len(entries))
	var ask []int
	for i, e := range entries {
		alive[i] = true
		if t.Liveness != nil && e.Conn != "" && *budget > 0 && !t.underWay(e) && !t.m.front.isAlive(e.Conn, t.now) {
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

// underWay tells a connection whose handshake may not be over: the platform doesn't know it yet and would call it gone.
func (t *tick) underWay(e queue.Entry) bool { return t.now.Sub(e.ConnAt) < handshake }

func (f *front) isAlive(conn string, now time.Time) bool {
	_, found := f.alive.Get(conn, now)
	return found
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
