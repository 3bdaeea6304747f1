package line

import (
	"context"
	"fmt"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// manyZones is how many busy zones one exchanger must be able to tick every second.
const manyZones = 20

// ManyZones measures what ticks of full zones of capacity 5,000, in which visitors come and go, take of the processor
// that an exchanger has on Lambda: one zone after the other takes as much as all of them side by side.
func ManyZones(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	const capacity, moves = 5000, 10 // visitors who come, and who go, in a second
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	z := zone.New("main")
	z.Capacity, z.Rate, z.QueueShards = capacity, capacity/5, 16
	w, err := newWorld(ctx, z, time.Now(), shared(storesOf(db)))
	if err != nil {
		return nil, err
	}
	pages, err := fill(ctx, w)
	if err != nil {
		return nil, err
	}
	n, spent, called := measure.Pick(e, 60, 5), time.Duration(0), 0
	for i := range n + 5 {
		if err := move(ctx, w, pages, i*moves, moves); err != nil {
			return nil, err
		}
		before := measure.Processor()
		r, err := w.tick(ctx)
		if i >= 5 { // those before read it all
			spent += measure.Processor() - before
			called += r.Called
		}
		if err == nil {
			err = claimed(ctx, w)
		}
		if err != nil {
			return nil, err
		}
		w.advance(time.Second)
	}
	each, share := spent/time.Duration(n), measure.ShareOf("exchange")
	what := fmt.Sprintf("of an exchanger's processor, %d zones of capacity 5,000 that tick every second", manyZones)
	return []measure.Row{
		measure.AtMost(what, 60, 100*manyZones*each.Seconds()/share, " %").With("%v a tick, 16 shards, %d visitors leave "+
			"and %.1f are called a second in each; at %.2f of a processor, on DynamoDB Local without TLS",
			each.Round(time.Microsecond), moves, float64(called)/float64(n), share),
	}, nil
}

// claimed lets those in who were called by the last pages.
func claimed(ctx context.Context, w *world) error {
	pages, err := w.exchange.Log.ReadBack(ctx, w.zone.Grants(), 0, 3)
	if err != nil {
		return err
	}
	for _, p := range pages {
		for slot, g := range p.Grants {
			if g.State != bucket.Reserved {
				continue
			}
			err := w.exchange.Log.Apply(ctx, w.zone.Grants(), bucket.Change{
				Ref: bucket.Ref{Page: p.Number, Slot: slot}, Key: g.Key, From: bucket.Reserved, To: bucket.Inside,
				Until: w.now().Add(time.Hour),
			})
			if err != nil {
				return err
			}
			if err := w.exchange.Queue.Remove(ctx, w.zone.Queue(), g.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill lets the zone's capacity in, on full pages, and returns these.
func fill(ctx context.Context, w *world) ([]bucket.Page, error) {
	now := w.now()
	var entries []queue.Entry
	for n := range w.zone.Capacity {
		entries = append(entries, loaded(n, now.Add(-time.Minute)))
	}
	inside := func(queue.Entry) bucket.Grant { return bucket.Grant{State: bucket.Inside, Until: now.Add(time.Hour)} }
	pages := bucket.Plan(1, queue.Key{}, entries, now.Add(-time.Minute), inside)
	for _, p := range pages {
		if err := w.exchange.Log.Append(ctx, w.zone.Grants(), p); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// move lets some visitors who are inside leave, from the first on, all over the pages, and as many come.
func move(ctx context.Context, w *world, pages []bucket.Page, first, moves int) error {
	for i := range moves {
		n := (first + i) * 7 % (len(pages) - 1)
		slot := (first + i) / (len(pages) - 1) % bucket.PageSize
		g := pages[n].Grants[slot]
		err := w.exchange.Log.Apply(ctx, w.zone.Grants(), bucket.Change{
			Ref: bucket.Ref{Page: pages[n].Number, Slot: slot}, Key: g.Key, From: bucket.Inside, To: bucket.Left,
			Until: w.now(),
		})
		if err != nil {
			return err
		}
		if _, err := w.register.Register(ctx, w.visitor(1_000_000+first+i, w.now()), connection(first+i)); err != nil {
			return err
		}
	}
	return nil
}
