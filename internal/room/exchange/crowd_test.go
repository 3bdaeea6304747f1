package exchange_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/register"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// A crowd comes to a free zone within two seconds, each visitor to a process of its own, over a database that takes as
// long as the real one: all are inside within five seconds, without reading the queue.
func TestACrowdAtAFreeZoneIsLetIn(t *testing.T) {
	for _, n := range []int{1, 10, 200, 2000} {
		synctest.Test(t, func(t *testing.T) {
			r := newRota(t)
			s := zone.New("main")
			s.Capacity, s.Rate, s.QueueShards, s.SeatFactor = 5000, 60000, 52, 0
			is(t, r.cloud.Zones().SaveSettings(t.Context(), s), "")
			calls := map[string]int{}
			var mu sync.Mutex
			r.cloud.Fault = func(op string) memroom.Fault {
				time.Sleep(7 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				calls[op]++
				return memroom.Fault{}
			}
			var crowd, runs sync.WaitGroup
			runs.Go(func() {
				x := r.runner()
				x.For = 20 * time.Second
				is(t, x.Run(t.Context(), "run"), "")
			})
			time.Sleep(10 * time.Second) // the zone has been seen empty
			mu.Lock()
			clear(calls)
			mu.Unlock()
			began, latest := time.Now(), time.Duration(0)
			for i := range n {
				crowd.Go(func() {
					time.Sleep(time.Duration(i) * 2 * time.Second / time.Duration(n))
					comesToAFreeZone(t, r, s, i)
					mu.Lock()
					defer mu.Unlock()
					latest = max(latest, time.Since(began))
				})
			}
			crowd.Wait()
			if latest > 5*time.Second {
				t.Errorf("%d come, and it takes %v until all are inside", n, latest)
			}
			reads := 0
			mu.Lock()
			for op, times := range calls {
				if strings.HasPrefix(op, "log.") || strings.HasPrefix(op, "index.") {
					reads += times
				}
			}
			if perHead := float64(reads) / float64(n); n >= 200 && perHead > 8 {
				t.Errorf("%d come, and each needs %.1f looks at the log", n, perHead)
			}
			mu.Unlock()
			runs.Wait()
		})
	}
}

// comesToAFreeZone asks to be let in until it is so.
func comesToAFreeZone(t *testing.T, r *rota, s zone.Settings, n int) {
	settings := &zone.Cache{Store: r.cloud.Zones(), Now: time.Now}
	a := &admit.Service{
		Settings: settings, Queue: r.cloud.Queue(), Log: r.cloud.Log(), Index: r.cloud.Index(), Zones: r.cloud.Zones(),
		Register: &register.Service{Settings: settings, Queue: r.cloud.Queue(), Now: time.Now},
		Now:      time.Now, Sleep: smithytime.SleepWithContext,
	}
	v := (&world{zone: s}).visitor(n, time.Now())
	_, err := a.Direct(t.Context(), v)
	for ; problem.CodeOf(err) == problem.NotCalled; _, err = a.Enter(t.Context(), v, bucket.Ref{}) {
		time.Sleep(time.Second)
	}
	if err != nil {
		t.Error(fmt.Errorf("visitor %d: %w", n, err))
	}
}
