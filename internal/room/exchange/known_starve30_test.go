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

// An attacker mints `bots` tokens before the sale and registers them by POST (no socket). Whenever one is missed it
// registers again. It never claims. How many real people come in?
func starve30(t *testing.T, bots, capacity, rate int, d time.Duration) (entered, calls int) {
	w := newWorld(t, func(z *zone.Settings) {
		z.Capacity, z.Rate, z.Session, z.Window, z.QueueShards = capacity, rate, 10*time.Minute, 30*time.Second, 4
	})
	w.x.Liveness = w
	m := &exchange.Memory{}
	isBot := map[queue.VisitorID]int{}
	for n := range bots {
		v := w.visitor(n, epoch.Add(-6*24*time.Hour))
		isBot[v.ID] = n
		w.register(v, "")
	}
	const people = 2000
	for n := range people {
		v := w.visitor(100_000+n, epoch.Add(time.Duration(n)*time.Millisecond))
		w.connect("c"+v.ID.String(), true)
		w.register(v, "c"+v.ID.String())
	}
	w.advance(time.Minute)
	seen := int64(0)
	for range int(d / time.Second) {
		w.advance(time.Second)
		w.tick(m)
		pages, _ := w.cloud.Log().Read(ctx, bucket.Of{Zone: "main", Shards: 1}, seen+1)
		for _, p := range pages {
			seen = p.Number
			for slot, g := range p.Grants {
				v := g.Key.Visitor()
				if _, bot := isBot[v]; bot {
					calls++
					continue
				}
				tok := w.visitor(0, time.UnixMilli(int64(g.Key.Rank())))
				tok.ID = v
				if _, err := w.admit.Enter(ctx, tok, bucket.Ref{Page: p.Number, Slot: slot}); err == nil {
					entered++
				}
			}
		}
		// each bot POSTs register every few seconds; it changes nothing while the place is there
		if int(w.now().Sub(epoch)/time.Second)%30 == 0 {
			for _, n := range isBot {
				w.register(w.visitor(n, epoch.Add(-6*24*time.Hour)), "")
			}
		}
	}
	return entered, calls
}

func TestKnownStarve30(t *testing.T) {
	known.Fault(t, "starve 30")
	for _, bots := range []int{200, 250} {
		entered, calls := starve30(t, bots, 100, 600, 9*time.Minute)
		t.Logf(
			"capacity 100, rate 600: %d bots that never claim → %d people entered in 9 min (session 10 min), %d calls wasted on bots",
			bots,
			entered,
			calls,
		)
	}
	for _, bots := range []int{1500} {
		entered, calls := starve30(t, bots, 5000, 200, 9*time.Minute)
		t.Logf("capacity 5000, rate 200: %d bots → %d people entered in 9 min, %d calls wasted", bots, entered, calls)
	}
}
