package exchange_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/known"
)

// coldLog takes d to read a whole log, once per process, as a fresh Lambda does of a long log; it honours ctx.
type coldLog struct {
	bucket.Log
	d time.Duration
}

func (l coldLog) Read(ctx context.Context, of bucket.Of, from int64) ([]bucket.Page, error) {
	if from == 1 {
		select {
		case <-time.After(l.d):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return l.Log.Read(ctx, of, from)
}

func TestKnownHandoverToAColdProcess(t *testing.T) {
	known.Fault(t, "handover to acold process")
	for _, d := range []time.Duration{0, 3 * time.Second, 8 * time.Second, 11 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r := newRota(t, "main")
			good := []time.Time{}
			var mu sync.Mutex
			start := time.Now()
			for n := range 60 {
				_ = r.cloud.Log().
					Append(t.Context(), bucket.Of{Zone: "main", Shards: 1}, bucket.Page{Number: int64(n + 1), At: start, Grants: []bucket.Grant{{State: bucket.Left, Until: start}}})
			}
			_ = zone.Open
			var runs sync.WaitGroup
			for i, after := range []time.Duration{0, 60 * time.Second, 120 * time.Second} {
				runs.Go(func() {
					time.Sleep(after)
					run := r.runner()
					if i > 0 { // the first process has run for long
						run.Exchange.Log = coldLog{r.cloud.Log(), d}
					}
					was := run.Observe
					run.Observe = func(res exchange.Result, err error) {
						was(res, err)
						mu.Lock()
						if err == nil {
							good = append(good, time.Now())
						}
						mu.Unlock()
					}
					_ = run.Run(t.Context(), fmt.Sprint("run ", i))
				})
			}
			runs.Wait()
			after60 := 0
			for _, at := range good {
				if at.Sub(start) > 61*time.Second {
					after60++
				}
			}
			fmt.Printf(
				"whole-log read %v: widest gap between good ticks %v; good ticks in the 3 minutes after the first handover: %d; errors %d\n",
				d,
				gap(good),
				after60,
				len(r.errs),
			)
		})
	}
}
