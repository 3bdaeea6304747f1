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
			t.m.front.letIn = append(t.m.front.letIn, t.letIn(line.chosen)...)
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
	t.now = latest(t.now, t.Exchange.now())
	t.result.Allowed = bucket.Allowed(t.m.kept, t.now, t.s.Rate, t.s.Window)
	return max(0, min(t.free(), t.result.Allowed, MaxPerTick))
}

// free is how many slots are free, for as many as seats are left for.
func (t *tick) free() int {
	return min(t.s.Capacity, forSeats(t.seats, t.s.SeatFactor)) - bucket.CountLive(t.m.kept).Live()
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
	var late []queue.VisitorID
	for _, p := range bucket.Plan(t.m.next, t.m.called, chosen, t.now, t.begin) {
		p.By = t.m.By
		if err := t.Log.Append(ctx, t.s.Grants(), p); err != nil {
			return errors.Join(err, t.noteLate(ctx, late))
		}
		for _, g := range p.Grants {
			if g.Key.Compare(t.m.called) <= 0 {
				late = append(late, g.Key.Visitor())
			}
		}
		t.m.absorb(p)
		t.result.Called += len(p.Grants)
	}
	return t.noteLate(ctx, late)
}

// begin returns how a visitor's grant begins: as a reservation, or inside where the visitor has just asked for that.
func (t *tick) begin(e queue.Entry) bucket.Grant {
	if t.asks(e) {
		return bucket.Grant{State: bucket.Inside, Until: t.now.Add(t.s.Session)}
	}
	window := bucket.WindowAfter(t.s.Window, t.m.visitors[e.Key.Visitor()].misses())
	return bucket.Grant{State: bucket.Reserved, Until: t.now.Add(window).Truncate(time.Millisecond), Conn: e.Conn}
}

// asks reports whether a visitor has just asked to be let in.
func (t *tick) asks(e queue.Entry) bool { return t.now.Sub(e.AskedAt) < bucket.AskedFor }

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
