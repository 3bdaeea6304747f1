package line

import (
	"context"
	"fmt"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/meter"
)

// Exchangers measures what an exchanger takes of the processor that it has on Lambda: with many zones in which nobody
// is, and when it starts cold behind long logs.
func Exchangers(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	rows, err := idleZones(ctx, e)
	if err != nil {
		return rows, err
	}
	cold, err := longLog(ctx, e)
	return append(rows, cold...), err
}

// idleZones runs one exchanger over open zones that nobody visits, in real time.
func idleZones(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	n, lasts := measure.Pick(e, 200, 20), measure.Pick(e, 20*time.Second, 4*time.Second)
	settles := measure.Pick(e, 40*time.Second, 2*time.Second) // what a run reads at its beginning is long read then
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	metered := &meter.Meter{}
	s, plain := storesOf(db, metered.Option), storesOf(db)
	for i := range n {
		z := zone.New(fmt.Sprintf("zone-%d", i))
		z.QueueShards = 16
		if err := plain.zones.SaveSettings(ctx, z); err != nil {
			return nil, err
		}
		st := zone.Status{Zone: z.Zone, Version: 1, At: time.Now(), State: zone.Open, Direct: true, Idle: true, SeatsLeft: -1}
		if err := plain.zones.SaveStatus(ctx, st); err != nil {
			return nil, err
		}
	}
	x := &exchange.Exchange{
		Queue: s.queue, Log: s.log, Index: s.index, Zones: s.zones, Wakes: s.wakes, Seed: seedOf, Now: time.Now,
	}
	r := exchange.Runner{Exchange: x, Sleep: smithytime.SleepWithContext}
	within, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(within, "run") }()
	if err := smithytime.SleepWithContext(ctx, settles); err != nil {
		return nil, err
	}
	metered.Reset()
	began := measure.Processor()
	if err := smithytime.SleepWithContext(ctx, lasts); err != nil {
		return nil, err
	}
	took, share, total := measure.Processor()-began, measure.ShareOf("exchange"), metered.Total()
	stop()
	if err := <-ended; err != nil {
		return nil, err
	}
	what := fmt.Sprintf("of an exchanger's processor, %d idle zones", n)
	return []measure.Row{
		measure.AtMost(what, 5, 100*took.Seconds()/lasts.Seconds()/share, " %").With(
			"%v in %v at %.2f of a processor, with the lease and the list of zones", took.Round(time.Millisecond), lasts, share),
		measure.AtMost(fmt.Sprintf("reads a second, %d idle zones", n), 20,
			float64(total.Requests)/lasts.Seconds(), "").With("requests of every kind; %.0f read units a second",
			total.Read/lasts.Seconds()),
	}, nil
}

// longLog lets an exchanger that knows nothing read a log, and says how long that takes for two million admissions.
func longLog(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	const admissions, most = 2_000_000, 65
	pages := measure.Pick(e, 4000, 200)
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	w, metered, err := house(ctx, db, 5000, time.Now())
	if err != nil {
		return nil, err
	}
	began := w.now().Add(-time.Duration(pages) * time.Second)
	for i := range pages {
		var entries []queue.Entry
		for slot := range bucket.PageSize {
			entries = append(entries, loaded(i*bucket.PageSize+slot, began))
		}
		left := func(queue.Entry) bucket.Grant { return bucket.Grant{State: bucket.Left, Until: began} }
		for _, p := range bucket.Plan(int64(i+1), queue.Key{}, entries, began.Add(time.Duration(i)*time.Second), left) {
			if err := w.admit.Log.Append(ctx, w.zone.Grants(), p); err != nil {
				return nil, err
			}
		}
	}
	metered.Reset()
	before := measure.Processor()
	m := &exchange.Memory{}
	for whole := false; !whole; {
		if _, whole, err = w.exchange.Warm(ctx, w.zone, m); err != nil {
			return nil, err
		}
	}
	share := measure.ShareOf("exchange")
	each := (measure.Processor() - before).Seconds() / float64(pages*bucket.PageSize) / share
	gap, err := handOver(ctx, e, w, pages, time.Duration(each*admissions*float64(time.Second)))
	if err != nil {
		return nil, err
	}
	return []measure.Row{
		gap,
		measure.AtMost("a cold exchanger reads 2,000,000 admissions, at its share of a processor", most, each*admissions,
			" s").With("from %s admissions by %.0f read units; the run before it leads for so long, so that nobody waits",
			measure.Thousands(int64(pages*bucket.PageSize)), metered.Total().Read),
	}, nil
}
