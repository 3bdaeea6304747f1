package line

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/meter"
)

// TicksByCapacity measures what a tick reads of the log: with full pages, which the budget is of, and after an hour
// of visitors that came and left at random, which leaves pages behind that hold only a few.
func TicksByCapacity(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	for _, c := range []struct {
		capacity int
		budget   float64
	}{{100, 2}, {5000, 95}} {
		full, err := fullHouse(ctx, e, c.capacity)
		if err != nil {
			return rows, err
		}
		what := fmt.Sprintf("read units a tick of the log, capacity %s, full pages", measure.Thousands(int64(c.capacity)))
		rows = append(rows, measure.About(what, c.budget, full.log, "").With("%s", full.note))
		if c.capacity == 5000 {
			rows = append(rows, measure.AtMost("processor time of a tick with 417 live pages", 10,
				1000*full.processor.Seconds(), " ms").With("%.0f ms at the %.2f of a processor that the exchanger has",
				1000*full.processor.Seconds()/measure.ShareOf("exchange"), measure.ShareOf("exchange")))
		}
		if e.Quick {
			continue
		}
		busy, err := busyHouse(ctx, e, c.capacity)
		if err != nil {
			return rows, err
		}
		rows = append(rows,
			measure.FigureOnly(fmt.Sprintf("… after half an hour of random stays, capacity %s",
				measure.Thousands(int64(c.capacity))),
				busy.log, "").With("%s", busy.note))
	}
	return rows, nil
}

// reading is the average reading of ticks.
type reading struct {
	log       float64
	processor time.Duration
	note      string
}

// fullHouse is a zone whose capacity is inside, on full pages, and nobody leaves.
func fullHouse(ctx context.Context, e *measure.Env, capacity int) (reading, error) {
	db, err := e.Tables(ctx)
	if err != nil {
		return reading{}, err
	}
	w, meter, err := house(ctx, db, capacity, time.Now())
	if err != nil {
		return reading{}, err
	}
	now := w.now()
	var entries []queue.Entry
	for n := range capacity {
		entries = append(entries, loaded(n, now.Add(-time.Minute)))
	}
	inside := func(queue.Entry) bucket.Grant { return bucket.Grant{State: bucket.Inside, Until: now.Add(time.Hour)} }
	for _, p := range bucket.Plan(1, queue.Key{}, entries, now.Add(-time.Minute), inside) {
		if err := w.exchange.Log.Append(ctx, w.zone.Grants(), p); err != nil {
			return reading{}, err
		}
	}
	return ticked(ctx, db, w, meter, measure.Pick(e, 20, 6))
}

// house is a zone on db whose exchange is metered.
func house(ctx context.Context, db *measure.Database, capacity int, start time.Time) (*world, *meter.Meter, error) {
	z, meter, plain := zone.New("main"), &meter.Meter{}, storesOf(db)
	z.Capacity, z.Rate = capacity, max(60, capacity/5)
	w, err := newWorld(ctx, z, start, func(r role) stores {
		if r == roleExchange {
			return storesOf(db, meter.Option)
		}
		return plain
	})
	return w, meter, err
}

// ticked runs n ticks, a second apart, after one that reads it all.
func ticked(ctx context.Context, db *measure.Database, w *world, meter *meter.Meter, n int) (reading, error) {
	var began time.Duration
	for i := range n + 1 {
		if i == 1 {
			meter.Reset()
			began = measure.Processor()
		}
		if _, err := w.tick(ctx); err != nil {
			return reading{}, err
		}
		w.advance(time.Second)
	}
	took := (measure.Processor() - began) / time.Duration(n)
	of := func(table string) float64 { return db.Used(meter, table).Read / float64(n) }
	pages, err := w.admit.Log.Read(ctx, w.zone.Grants(), 1)
	live := 0
	for _, p := range pages {
		if p.Live() {
			live++
		}
	}
	return reading{of("grants"), took,
		fmt.Sprintf("%d live of %d pages; besides, a tick read %s of the queue's %d shards and %s of the status",
			live, len(pages), measure.Format(of("queue")), w.zone.QueueShards, measure.Format(of("zones")))}, err
}

// busyHouse plays half an hour in memory, with stays from nothing to ten minutes, copies it to the database and
// ticks on there.
func busyHouse(ctx context.Context, e *measure.Env, capacity int) (reading, error) {
	start := time.Now().Add(-30 * time.Minute)
	cloud := memroom.New()
	z := zone.New("main")
	z.Capacity, z.Rate, z.Session = capacity, max(12, capacity/5), 10*time.Minute
	played, err := newWorld(ctx, z, start, shared(stores{cloud.Queue(), cloud.Log(), cloud.Index(), cloud.Zones(), nil}))
	if err != nil {
		return reading{}, err
	}
	r := rand.New(rand.NewPCG(5, 5))
	s := &sale{world: played, random: r, comes: soon(r, 0),
		stays: func() time.Duration { return time.Duration(r.Float64() * float64(10*time.Minute)) }}
	err = s.run(ctx, 30*time.Minute, func() error { return s.join(ctx, max(0, 300-s.waiting)) })
	if err != nil {
		return reading{}, err
	}
	db, err := e.Tables(ctx)
	if err != nil {
		return reading{}, err
	}
	w, meter, err := house(ctx, db, capacity, played.now())
	if err != nil {
		return reading{}, err
	}
	pages, err := cloud.Log().Read(ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	if err != nil {
		return reading{}, err
	}
	for _, p := range pages {
		if err := w.admit.Log.Append(ctx, bucket.Of{Zone: "main", Shards: 1}, p); err != nil {
			return reading{}, err
		}
	}
	return ticked(ctx, db, w, meter, 6)
}
