package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// attack is visitors who arrived before the sale, register again and again, and never claim.
type attack struct {
	bots    int
	every   time.Duration // between two registrations of a bot
	sockets bool          // whether each registration is a new connection, that exists; otherwise it is a request
}

// under runs nine minutes of a sale under attack. It counts the people who enter, of 2,000 with live connections who
// claim at once, and the slot time that each bot wasted.
func (a attack) under(t *testing.T, capacity, rate int) (minutes [9]int, wasted map[queue.VisitorID]time.Duration) {
	w := newWorld(t, func(z *zone.Settings) {
		z.Capacity, z.Rate, z.QueueShards = capacity, rate, 4
		z.Session, z.Window = 10*time.Minute, 30*time.Second
	})
	w.x.Liveness = w
	m := &exchange.Memory{}
	wasted = map[queue.VisitorID]time.Duration{}
	attackers := func(round int) {
		for n := range a.bots {
			v, conn := w.visitor(n, epoch.Add(-6*24*time.Hour)), ""
			if a.sockets {
				conn = fmt.Sprintf("b%d/%d", n, round)
				w.connect(conn, true)
			}
			wasted[v.ID] += 0
			w.register(v, conn)
		}
	}
	attackers(-1)
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
					minutes[second/60]++
				}
			}
		}
		if second%int(a.every/time.Second) == 0 {
			attackers(second)
		}
	}
	return minutes, wasted
}

// checkWasted fails when a bot took more than two windows of slot time.
func (a attack) checkWasted(t *testing.T, wasted map[queue.VisitorID]time.Duration) {
	t.Helper()
	for v, d := range wasted {
		if d > time.Minute {
			t.Errorf("%+v: %v wasted %v of slot time, more than two windows", a, v, d)
			return
		}
	}
}

// From the third minute on, by when every bot has missed twice, people enter at nine tenths of the rate at least, as
// far as the capacity goes.
func TestVisitorsWhoNeverClaimDontKeepOthersOut(t *testing.T) {
	for _, c := range []struct {
		attack
		capacity, rate int
	}{
		{attack{200, 5 * time.Second, false}, 100, 600},
		{attack{200, 30 * time.Second, false}, 100, 600},
		{attack{200, 5 * time.Second, true}, 100, 600},
		{attack{600, 5 * time.Second, false}, 5000, 200},
		{attack{1500, 30 * time.Second, false}, 5000, 200},
		{attack{1500, 30 * time.Second, true}, 5000, 200},
	} {
		minutes, wasted := c.under(t, c.capacity, c.rate)
		room := c.capacity
		for minute, n := range minutes {
			if most := min(c.rate, room); minute >= 3 && n < most*9/10 {
				t.Errorf("%+v: %d of %d entered in minute %d; in all %v", c, n, most, minute, minutes)
			}
			room -= n
		}
		c.checkWasted(t, wasted)
	}
}

// Visitors with tokens that are used once are called once, and are no hindrance after that.
func TestAHundredThousandVisitorsWhoNeverClaimAreCalledOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	a := attack{bots: 100_000, every: 24 * time.Hour}
	w := newWorld(t, func(z *zone.Settings) { z.Capacity, z.Rate, z.QueueShards = 5000, 6000, 16 })
	for n := range a.bots {
		w.register(w.visitor(n, epoch.Add(-time.Hour)), "")
	}
	for n := range 1000 {
		w.register(w.visitor(a.bots+n, epoch), "")
	}
	m := &exchange.Memory{}
	for second := range 60 * 60 {
		w.advance(time.Second)
		r := w.tick(m)
		if r.Waiting == 0 {
			calls := 0
			for _, p := range w.pages() {
				calls += len(p.Grants)
			}
			if calls != a.bots+1000 {
				t.Errorf("%d calls", calls)
			}
			t.Logf("all were called after %d seconds", second)
			return
		}
	}
	t.Error("the line never came to its end")
}
