package exchange_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

func TestKnownACrowdAtAFreeZoneIsSentToWait(t *testing.T) {
	known.Fault(t, "of a crowd that enters a free zone directly, each in a process of its own, most are sent to wait, "+
		"and each reads the heads of all shards")
	for _, n := range []int{1, 10, 50, 200} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.QueueShards = 5000, 60000, 52 })
			var mu sync.Mutex
			heads, in := 0, 0
			w.cloud.Fault = func(op string) memroom.Fault {
				if op == "log.Append" || op == "queue.Head" {
					time.Sleep(5 * time.Millisecond)
				}
				mu.Lock()
				defer mu.Unlock()
				if op == "queue.Head" {
					heads++
				}
				return memroom.Fault{}
			}
			var crowd sync.WaitGroup
			for i := range n {
				crowd.Go(func() {
					if _, err := w.admitter().Direct(ctx, w.visitor(i, epoch)); err == nil {
						mu.Lock()
						defer mu.Unlock()
						in++
					}
				})
			}
			crowd.Wait()
			if in != n {
				t.Errorf("%d of %d entered though 5,000 slots are free", in, n)
			}
			if heads > 10*n {
				t.Errorf("%d visitors read %d heads of shards", n, heads)
			}
		})
	}
}
