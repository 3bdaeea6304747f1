package line

import (
	"context"
	"sync"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
)

// slowLog takes a while for each page that is read backwards, as a longer log does on a part of a processor.
type slowLog struct {
	bucket.Log
	each time.Duration
}

func (l slowLog) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) ([]bucket.Page, error) {
	pages, err := l.Log.ReadBack(ctx, of, before, limit)
	if err == nil {
		err = smithytime.SleepWithContext(ctx, l.each*time.Duration(len(pages)))
	}
	return pages, err
}

// handOver lets an exchanger that knows nothing take over from one that leads, in real time, and says how long the line
// stood at most. Reading the whole log takes the one who comes as long as given.
func handOver(ctx context.Context, e *measure.Env, w *world, pages int, takes time.Duration) (measure.Row, error) {
	lasts, after := measure.Pick(e, takes+20*time.Second, 6*time.Second), measure.Pick(e, 5*time.Second, time.Second)
	takes = min(takes, lasts/2)
	var mu sync.Mutex
	var last time.Time
	var widest time.Duration
	leads := map[string]int{}
	run := func(id string, log bucket.Log, lasts time.Duration) error {
		r := exchange.Runner{
			Exchange: &exchange.Exchange{
				Queue: w.exchange.Queue, Log: log, Index: w.exchange.Index, Zones: w.exchange.Zones, Seed: seedOf, Now: time.Now,
			},
			For: lasts, Sleep: smithytime.SleepWithContext,
			Observe: func(_ exchange.Result, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					return
				}
				if leads[id]++; !last.IsZero() {
					widest = max(widest, time.Since(last))
				}
				last = time.Now()
			},
		}
		return r.Run(ctx, id)
	}
	ended := make(chan error, 2)
	go func() { ended <- run("before", w.exchange.Log, lasts) }()
	if err := smithytime.SleepWithContext(ctx, after); err != nil {
		return measure.Row{}, err
	}
	go func() { ended <- run("cold", slowLog{w.exchange.Log, takes / time.Duration(pages)}, lasts) }()
	for range 2 {
		if err := <-ended; err != nil {
			return measure.Row{}, err
		}
	}
	return measure.AtMost("widest gap between good ticks at a hand-over to a cold exchanger, 2,000,000 admissions", 2,
		widest.Seconds(), " s").With("reading the log takes %v; %d ticks by the run before and %d by the cold one",
		takes.Round(time.Second), leads["before"], leads["cold"]), nil
}
