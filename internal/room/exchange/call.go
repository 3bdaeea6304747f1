package exchange

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// lookEvery is how often the queue is looked at while nobody can be called.
const lookEvery = 5 * time.Second

// call reserves slots for the first in line, as many as there is room for: room, look, append, and tidy up what the
// look found. When somebody else appends first, it takes that in and starts again.
func (t *tick) call(ctx context.Context) error {
	for range maxAttempts {
		n := t.room()
		if !t.worthLooking(n) {
			return nil
		}
		line, err := t.look(ctx, n)
		if err != nil {
			return err
		}
		err = t.append(ctx, line.chosen)
		if !errors.Is(err, bucket.ErrPageExists) {
			t.remember(line)
			return errors.Join(err, t.tidy(ctx, line))
		}
		t.result.Conflicts++
		read, err := t.m.load(ctx, t.Log, t.s, t.now, tailAge)
		t.result.PagesRead += read
		if err != nil {
			return err
		}
	}
	return nil
}

// room is how many visitors may be called now.
func (t *tick) room() int {
	live := bucket.CountLive(t.m.kept).Live()
	t.now = latest(t.now, t.Exchange.now())
	t.result.Allowed = bucket.Allowed(t.m.kept, t.now, t.s.Rate, t.s.Window)
	return max(0, min(t.s.Capacity-live, t.result.Allowed, forSeats(t.seats, t.s.SeatFactor)-live, MaxPerTick))
}

// forSeats is how many visitors may be inside for the seats left: none when sold out, at least one while a seat is
// left, and any number when the zone sells no seats or the factor is off.
func forSeats(left int, factor float64) int {
	switch {
	case left == 0:
		return 0
	case left < 0 || factor <= 0:
		return math.MaxInt
	}
	return int(math.Ceil(float64(left) * factor))
}

// worthLooking reports whether the queue must be looked at: to call n visitors, to see whether reserved ones are on a
// new connection, or now and then to know how many wait.
func (t *tick) worthLooking(n int) bool {
	due := t.now.Sub(t.m.front.lookedAt) >= lookEvery
	return n > 0 || due || bucket.CountLive(t.m.kept).Reserved > 0
}

// append adds the pages for those chosen, one after the other, and takes in each that was written.
func (t *tick) append(ctx context.Context, chosen []queue.Entry) error {
	for _, p := range bucket.Plan(t.m.next, t.m.called, chosen, t.now, t.s.Window) {
		t.shorten(p)
		if err := t.Log.Append(ctx, t.s.Grants(), p); err != nil {
			return err
		}
		t.m.absorb(p)
		t.result.Called += len(p.Grants)
	}
	return nil
}

// shorten gives the visitors of a page who missed before a shorter claim window than the zone's.
func (t *tick) shorten(p bucket.Page) {
	for i, g := range p.Grants {
		if s, known := t.m.visitors[g.Key.Visitor()]; known {
			p.Grants[i].Until = t.now.Add(bucket.WindowAfter(t.s.Window, s.misses())).Truncate(time.Millisecond)
		}
	}
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
