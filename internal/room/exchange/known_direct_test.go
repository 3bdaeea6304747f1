package exchange_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

// A crowd arrives at a zone with direct entry: n Lambdas at once, each with one visitor.
func TestKnownDirectCrowd(t *testing.T) {
	known.Fault(t, "direct crowd")
	for _, n := range []int{1, 10, 50, 200} {
		w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.QueueShards = 5000, 60000, 52 })
		var mu sync.Mutex
		ops := map[string]int{}
		w.cloud.Fault = func(op string) memroom.Fault {
			mu.Lock()
			ops[op]++
			mu.Unlock()
			if op == "log.Append" || op == "queue.Head" {
				time.Sleep(5 * time.Millisecond)
			}
			return memroom.Fault{}
		}
		var wg sync.WaitGroup
		in, wait := 0, 0
		began := time.Now()
		var slowest time.Duration
		for i := range n {
			wg.Go(func() {
				a := w.admitter()
				_, err := a.Direct(ctx, w.visitor(i, epoch))
				mu.Lock()
				defer mu.Unlock()
				slowest = max(slowest, time.Since(began))
				switch problem.CodeOf(err) {
				case "":
					in++
				case problem.NotCalled:
					wait++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		fmt.Printf(
			"%3d at once, 52 shards: %d in, %d sent to the waiting room; per visitor %.0f reads of shard heads, %.1f log reads, %.1f appends tried; slowest %v\n",
			n,
			in,
			wait,
			float64(
				ops["queue.Head"],
			)/float64(
				n,
			),
			float64(ops["log.Read"])/float64(n),
			float64(ops["log.Append"])/float64(n),
			slowest.Round(time.Millisecond),
		)
	}
}

// One visitor's cookies in 1,000 hands.
func TestKnownSharedToken(t *testing.T) {
	known.Fault(t, "shared token")
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.Renews = 1, 600, true })
	v := w.visitor(1, epoch)
	w.register(v, "")
	m := newMemory()
	w.tick(m)
	good := 0
	for range 1000 {
		if _, err := w.admit.Enter(ctx, v, bucket.Ref{Page: 1}); err == nil {
			good++
		}
	}
	r := w.tick(m)
	w.advance(39 * time.Minute) // renewed all along
	fmt.Printf(
		"capacity 1: %d bearers of one visitor's token have access tokens of their own; the zone says %d inside\n",
		good,
		r.Inside,
	)
}

func newMemory() *exchange.Memory { return &exchange.Memory{} }
