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
	"foyer/internal/testkit/known"
)

// coldLog takes a while to read a whole log, as a fresh process does with a long one.
type coldLog struct {
	bucket.Log
	takes time.Duration
}

func (l coldLog) Read(ctx context.Context, of bucket.Of, from int64) ([]bucket.Page, error) {
	if from == 1 {
		select {
		case <-time.After(l.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return l.Log.Read(ctx, of, from)
}

func TestKnownTheLineStandsAtAHandoverToAColdProcess(t *testing.T) {
	known.Fault(t, "a newer run takes the lease before it has read the log, and starts over when a tick's time is up: "+
		"the line stands for as long as the reading takes, and for good when it takes more than ten seconds")
	for _, takes := range []time.Duration{3 * time.Second, 8 * time.Second, 11 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r := newRota(t, "main")
			start := time.Now()
			left := []bucket.Grant{{State: bucket.Left, Until: start}}
			for n := range int64(60) {
				p := bucket.Page{Number: n + 1, At: start, Grants: left}
				is(t, r.cloud.Log().Append(t.Context(), bucket.Of{Zone: "main", Shards: 1}, p), "")
			}
			var mu sync.Mutex
			good := []time.Time{start}
			var runs sync.WaitGroup
			for i := range 3 {
				runs.Go(func() {
					time.Sleep(time.Duration(i) * time.Minute)
					run := r.runner()
					if i > 0 { // the first process has run for long
						run.Exchange.Log = coldLog{r.cloud.Log(), takes}
					}
					run.Observe = func(_ exchange.Result, err error) {
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							good = append(good, time.Now())
						}
					}
					_ = run.Run(t.Context(), fmt.Sprint("run ", i))
				})
			}
			runs.Wait()
			good = append(good, time.Now())
			if widest := gap(good); widest > 2*time.Second {
				t.Errorf("reading the log takes %v: %v passed without a good tick", takes, widest)
			}
		})
	}
}
