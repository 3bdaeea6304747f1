package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/known"
)

// attack is visitors who arrived before the sale, register over HTTP again and again, and never claim.
type attack struct {
	bots  int
	every time.Duration // between two registrations of a bot
}

// under runs nine minutes of a sale under attack. It counts the people who enter, of 2,000 with live connections who
// claim at once, and the slot time that each bot wasted.
func (a attack) under(t *testing.T, capacity, rate int) (entered int, wasted map[queue.VisitorID]time.Duration) {
	w := newWorld(t, func(z *zone.Settings) {
		z.Capacity, z.Rate, z.QueueShards = capacity, rate, 4
		z.Session, z.Window = 10*time.Minute, 30*time.Second
	})
	w.x.Liveness = w
	m := &exchange.Memory{}
	wasted = map[queue.VisitorID]time.Duration{}
	attackers := func() {
		for n := range a.bots {
			v := w.visitor(n, epoch.Add(-6*24*time.Hour))
			wasted[v.ID] += 0
			w.register(v, "")
		}
	}
	attackers()
	for n := range 2000 {
		v := w.visitor(100_000+n, epoch.Add(time.Duration(n)*time.Millisecond))
		w.connect("c"+v.ID.String(), true)
		w.register(v, "c"+v.ID.String())
	}
	w.advance(time.Minute)
	seen := int64(0)
	for second := range 9 * 60 {
		w.advance(time.Second)
		w.tick(m)
		pages, err := w.cloud.Log().Read(ctx, w.zone.Grants(), seen+1)
		is(t, err, "")
		for _, p := range pages {
			seen = p.Number
			for slot, g := range p.Grants {
				if _, bot := wasted[g.Key.Visitor()]; bot {
					wasted[g.Key.Visitor()] += g.Until.Sub(p.At)
					continue
				}
				v := w.visitor(0, time.UnixMilli(int64(g.Key.Rank())))
				v.ID = g.Key.Visitor()
				if _, err := w.admit.Enter(ctx, v, bucket.Ref{Page: p.Number, Slot: slot}); err == nil {
					entered++
				}
			}
		}
		if second%int(a.every/time.Second) == 0 {
			attackers()
		}
	}
	return entered, wasted
}

func TestKnownVisitorsWhoNeverClaimKeepOthersOut(t *testing.T) {
	known.Fault(t, "visitors who register again after each miss are called first each time, so a few hundred of them "+
		"who never claim take every slot and nobody else enters")
	for _, c := range []struct {
		attack
		capacity, rate int
	}{
		{attack{200, 5 * time.Second}, 100, 600},
		{attack{200, 30 * time.Second}, 100, 600},
		{attack{600, 5 * time.Second}, 5000, 200},
		{attack{1500, 30 * time.Second}, 5000, 200},
	} {
		calm, _ := attack{0, c.every}.under(t, c.capacity, c.rate)
		entered, wasted := c.under(t, c.capacity, c.rate)
		if entered < calm/2 {
			t.Errorf("capacity %d, rate %d: %d entered beside %d bots, %d without them",
				c.capacity, c.rate, entered, c.bots, calm)
		}
		for v, d := range wasted {
			if d > time.Minute {
				t.Errorf("capacity %d, rate %d: one of %d bots, %v, wasted %v of slot time, more than two windows",
					c.capacity, c.rate, c.bots, v, d)
				break
			}
		}
	}
}
