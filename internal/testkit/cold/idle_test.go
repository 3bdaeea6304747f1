package cold_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/known"
)

func TestKnownIdleZones(t *testing.T) {
	known.Fault(t, "idle zones")
	runtime.GOMAXPROCS(1)
	for _, k := range []struct{ shards, pages, live int }{{16, 417, 417}, {104, 8333, 8333}} {
		c := newCanned(k.pages, time.Now().Add(-5*time.Minute), k.live)
		db := c.client()
		s := zone.New("main")
		s.Capacity, s.Rate, s.SeatFactor, s.Session, s.QueueShards = 30000, 6000, 0, 6*time.Hour, k.shards
		s.GrantShards = 1
		x := &exchange.Exchange{
			Queue: dynroom.NewQueue(db, "queue"),
			Log:   dynroom.NewLog(db, "grants"),
			Zones: dynroom.NewZones(db, "zones"),
			Now:   time.Now,
		}
		mem := &exchange.Memory{}
		for range 3 {
			_, _ = x.Tick(context.Background(), s, mem)
		}
		const n = 15
		used := cpu()
		before := map[string]int{}
		for a, b := range c.counts {
			before[a] = b
		}
		for range n {
			if _, err := x.Tick(context.Background(), s, mem); err != nil {
				t.Fatal(err)
			}
		}
		each := (cpu() - used) / n
		fmt.Printf(
			"zone with %d shards, %d live pages, nobody waiting: %v CPU a tick, %.1f queries a tick; at 512 MB one vCPU-share of 0.289 s/s: %.0f such zones fit in a second\n",
			k.shards,
			k.live,
			each.Round(time.Microsecond),
			float64(c.counts["Query"]-before["Query"])/n,
			0.289/each.Seconds(),
		)
	}
}
