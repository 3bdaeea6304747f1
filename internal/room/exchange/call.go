package exchange

import (
	"context"
	"errors"
	"math"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// call reserves slots for the first in line, as many as there is room for. When somebody else appended first it takes
// that in and starts again.
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
		read, err := t.m.load(ctx, t.Log, t.s, 1, t.now, tailAge)
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
// left, and without bound when the zone sells no seats or the factor is off.
func forSeats(left int, factor float64) int {
	switch {
	case left == 0:
		return 0
	case left < 0 || factor <= 0:
		return math.MaxInt
	}
	return int(math.Ceil(float64(left) * factor))
}

// append adds the pages for those chosen, one after the other, and takes in each that was written.
func (t *tick) append(ctx context.Context, chosen []queue.Entry) error {
	for _, p := range bucket.Plan(t.m.next, t.m.called, chosen, t.now, t.s.Window) {
		if err := t.Log.Append(ctx, t.s.Grants(), p); err != nil {
			return err
		}
		t.m.absorb(p)
		t.result.Called += len(p.Grants)
	}
	return nil
}
