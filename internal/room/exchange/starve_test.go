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
	idle    time.Duration // passes between the first registration of all and the people's
}

// under runs some minutes of a sale under attack. It counts the people who enter, of 2,000 with live connections who
// claim at once, and the slot time that each bot wasted.
func (a attack) under(
	t *testing.T, capacity, rate, lasts int,
) (minutes []int, wasted map[queue.VisitorID]time.Duration) {
	minutes = make([]int, lasts)
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
	w.advance(a.idle)
	for n := range 2000 {
		v := w.visitor(100_000+n, w.now().Add(time.Duration(n-2000)*time.Millisecond))
		w.connect("c"+v.ID.String(), true)
		w.register(v, "c"+v.ID.String())
	}
	w.advance(time.Minute)
	seen := int64(0)
	for second := range lasts * 60 {
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
		if d > 45*time.Second {
			t.Errorf("%+v: %v wasted %v of slot time, more than a window and a half", a, v, d)
			return
		}
	}
}

// cell is an attack on a zone.
type cell struct {
	attack
	capacity, rate int
}

// cells are 200, 600 and 1,500 tokens that register again for ever, by requests and with sockets, on two zones. From
// how many addresses they do is nothing that the line can see. In short there are few, who seldom do.
func cells() (all []cell) {
	sizes, paces := []int{200, 600, 1500}, []time.Duration{30 * time.Second, 5 * time.Second}
	if testing.Short() {
		sizes, paces = sizes[:1], paces[:1]
	}
	for _, bots := range sizes {
		for _, sockets := range []bool{false, true} {
			for _, every := range paces {
				a := attack{bots: bots, every: every, sockets: sockets}
				all = append(all, cell{a, 100, 600}, cell{a, 5000, 200})
			}
		}
	}
	return all
}

// bound is after how many minutes the attack has no effect any more: at once, where bots only send requests; with
// sockets, when each has had its window and a half, on the slots that there are or of twice the rate that is called.
func (c cell) bound() int {
	if !c.sockets {
		return 1
	}
	atOnce := min(c.capacity, bucket.MaxBooked*c.rate/2)
	return 2 + c.bots*45/(60*atOnce)
}

// From that bound on people enter at nine tenths of the rate at least, as far as the capacity goes.
func TestVisitorsWhoNeverClaimDontKeepOthersOut(t *testing.T) {
	for _, c := range cells() {
		bound := c.bound()
		minutes, wasted := c.under(t, c.capacity, c.rate, bound+4)
		room := c.capacity
		for minute, n := range minutes {
			if most := min(c.rate, room); minute >= bound && n < most*9/10 {
				t.Errorf("%+v: %d of %d entered in minute %d; in all %v", c, n, most, minute, minutes)
			}
			room -= n
		}
		c.checkWasted(t, wasted)
	}
}

// 100,000 tokens that took their places an hour ago, by requests, and were never seen again hold up nobody: nothing is
// reserved for them.
func TestTokensThatWereLeftBehindHoldUpNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	for _, c := range []struct{ capacity, rate int }{{100, 600}, {5000, 200}} {
		a := attack{bots: 100_000, every: 24 * time.Hour, idle: time.Hour}
		minutes, wasted := a.under(t, c.capacity, c.rate, 9)
		room := c.capacity
		for minute, n := range minutes {
			if most := min(c.rate, room); minute >= 1 && n < most*9/10 {
				t.Errorf("%+v: %d of %d entered in minute %d; in all %v", c, n, most, minute, minutes)
			}
			room -= n
		}
		for v, d := range wasted {
			if d > 0 {
				t.Fatalf("%v wasted %v of slot time", v, d)
			}
		}
	}
}

// With a connection each, 100,000 visitors who never claim are called once, and are no hindrance after that.
func TestAHundredThousandVisitorsWhoNeverClaimAreCalledOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	const bots = 100_000
	w := newWorld(t, func(z *zone.Settings) { z.Capacity, z.Rate, z.QueueShards = 5000, 6000, 16 })
	for n := range bots + 1000 {
		w.register(w.visitor(n, epoch.Add(-time.Hour)), "there")
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
			if calls != bots+1000 {
				t.Errorf("%d calls", calls)
			}
			t.Logf("all were called after %d seconds", second)
			return
		}
	}
	t.Error("the line never came to its end")
}
