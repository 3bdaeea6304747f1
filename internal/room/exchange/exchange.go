// Package exchange swaps waiting visitors' places for grants while the bucket has room. One pass for one zone is a
// tick; the runner ticks every zone every second.
//
// Only appending the next page of the log adds grants, and what a tick knows of older grants can only err on the safe
// side (a grant never becomes live again), so any number of exchangers and direct entries is exact. The lease that
// the runner holds only saves reads. The package never decides by the absence of an answer: a failed write counts as
// not done, and the next tick reads what really happened.
package exchange

import (
	"context"
	"errors"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// Bounds of one tick.
const (
	// MaxPerTick is one tick's worth: the most visitors it calls, 100 pages.
	MaxPerTick = 100 * bucket.PageSize
	// maxAttempts is how often a tick starts again because others appended first.
	maxAttempts = 8
	// maxAside is how many places are removed in one tick, at most, of visitors who missed too often to be called unasked.
	maxAside = 1000
	// readFor is how long a tick reads pages that it doesn't need at once.
	readFor = 500 * time.Millisecond
	// maxParallel is how many requests a tick has under way at once.
	maxParallel = 32
)

// Liveness reports whether a connection exists. An error means that it isn't known; the visitor is then taken to be
// there.
type Liveness interface {
	Alive(ctx context.Context, conn string) (bool, error)
}

// Seats counts the seats of a zone that are neither taken nor locked by a payment under way; -1: the zone sells none.
type Seats interface {
	SeatsLeft(ctx context.Context, zone string) (int, error)
}

// Exchange is what a tick works with. It is safe for use by several goroutines.
type Exchange struct {
	Queue    queue.Store
	Log      bucket.Log
	Index    bucket.Index // nil: none is kept
	Zones    zone.Store
	Wakes    zone.Wakes // nil: every zone is looked at every second
	Liveness Liveness   // nil: every connection is taken to be there
	Seats    Seats      // nil: no zone sells seats
	// Seed gives a draw's seed, by zone.Settings.DrawName, as lower-case hex. It is asked for draws only.
	Seed func(ctx context.Context, draw string) (string, error)
	Now  func() time.Time

	checks checks
}

// Result is what one tick did and found, for metrics and tests.
type Result struct {
	Zone  string
	State zone.State

	LetThrough bool // everybody goes on to the site, past the queue

	Called    int // visitors called
	Missed    int // grants that ended unclaimed
	Expired   int // sessions that ended
	Gone      int // visitors set aside because their connection is gone
	Swept     int // stray entries of visitors who are or were inside
	Reconnect int // reserved visitors found on a new connection
	Conflicts int // how often somebody else appended first

	Capacity, Reserved, Inside int       // after the tick
	Waiting                    int       // by what the tick saw, or the census
	SeatsLeft                  int       // -1: the zone sells none
	Allowed                    int       // by the rate, before the tick
	Oldest                     time.Time // registration of the first visitor still waiting; zero: none seen

	PagesRead   int // pages of the log read
	EntriesRead int // queue entries read
	Checked     int // connections looked up

	Saved   bool          // the status was written
	RestFor time.Duration // how long nobody need look at the zone, unless something of it changes; 0: a second
	Took    time.Duration // how long the tick took
}

// Tick is one pass for one zone: overdue grants end, the first in line are called, the status is written when a visitor
// would see a change. Memory must be the zone's own, and is kept from tick to tick. An error leaves nothing half done
// that the next tick doesn't finish.
func (x *Exchange) Tick(ctx context.Context, s zone.Settings, m *Memory) (Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	began := x.Now()
	t := &tick{Exchange: x, s: s, m: m, now: began.Truncate(time.Millisecond)}
	t.result = Result{Zone: s.Zone, State: s.StateAt(t.now), LetThrough: s.LetThrough, Capacity: s.Capacity, SeatsLeft: -1}
	err := t.run(ctx)
	t.result.RestFor = t.restFor()
	t.result.Took = x.Now().Sub(began)
	return t.result, err
}

// now is the time as stores keep it.
func (x *Exchange) now() time.Time { return x.Now().Truncate(time.Millisecond) }

// tick is one pass under way.
type tick struct {
	*Exchange
	s      zone.Settings
	m      *Memory
	now    time.Time
	seats  int  // left; -1: the zone sells none
	loaded bool // the memory is up to date
	result Result
}

func (t *tick) run(ctx context.Context) error {
	if err := t.readStatus(ctx); err != nil {
		return err
	}
	if !t.s.Queues() {
		return t.saveStatus(ctx)
	}
	err := t.exchange(ctx)
	if !t.loaded {
		return err // what is remembered of the log may be old, or not all that is live: nothing can be said
	}
	return errors.Join(err, t.saveStatus(ctx))
}

// learn brings the memory up to date and, where the log isn't known whole, reads on for a while. It returns errCold as
// long as it isn't known which grants are live.
func (t *tick) learn(ctx context.Context) error {
	began := t.Now()
	read, err := t.m.load(ctx, t.Log, t.s, t.now, 0)
	t.result.PagesRead += read
	if err != nil {
		return err
	}
	read, err = t.m.readTo(ctx, t.Log, t.s, t.whole(), t.now, func() bool { return t.Now().Sub(began) < readFor })
	t.result.PagesRead += read
	if live := t.m.knows(t.m.front.status.Floor); !live && err == nil {
		return errCold
	} else if live {
		t.loaded = true
		return nil // the rest of the log is read by later ticks
	}
	return err
}

// whole returns the number of the first page to be known: the log's first, or in a closed zone, which calls nobody, the
// first that matters.
func (t *tick) whole() int64 {
	if t.s.StateAt(t.now) == zone.Closed {
		return t.m.front.status.Floor
	}
	return 1
}

// Warm reads for memory m, whose zone's tick isn't under way, until all is known that a tick wants, or for a while. It
// changes nothing. Ready reports whether a tick could do its work, and whole whether nothing is left to be read. An
// error means that nothing was read.
func (x *Exchange) Warm(ctx context.Context, s zone.Settings, m *Memory) (ready, whole bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &tick{Exchange: x, s: s, m: m, now: x.now()}
	if !s.Queues() {
		return true, true, nil
	}
	if err := t.readStatus(ctx); err != nil {
		return false, false, err
	}
	read := 0
	if _, err = m.load(ctx, x.Log, s, t.now, tailAge); err == nil {
		read, err = m.readTo(ctx, x.Log, s, t.whole(), t.now, func() bool { return x.Now().Sub(t.now) < readFor })
	}
	if read > 0 {
		err = nil // the next call goes on from there
	}
	return m.knows(m.front.status.Floor), m.knows(t.whole()), err
}

func (t *tick) exchange(ctx context.Context) error {
	if err := t.learn(ctx); err != nil {
		return err
	}
	// What could not be ended counts as live, so the rest of the tick may go on; and who could not be told that it is
	// their turn misses nothing.
	if err := t.tellAgain(ctx); err != nil {
		return err
	}
	overdue := t.endOverdue(ctx)
	var err error
	if t.seats, err = t.seatsLeft(ctx); err != nil {
		return errors.Join(overdue, err)
	}
	if t.s.Exchanges(t.now) {
		err = t.call(ctx)
	}
	return errors.Join(overdue, err, t.note(ctx))
}

func (t *tick) seatsLeft(ctx context.Context) (int, error) {
	if t.Seats == nil {
		return -1, nil
	}
	return t.Seats.SeatsLeft(ctx, t.s.Zone)
}
