package line

import (
	"context"
	"fmt"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/census"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/meter"
)

// longShards is a million's: 16 partitions take 16,000 registrations a second.
const longShards = 16

// LongQueues measures ticks and a census by the length of the queue.
func LongQueues(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var rows []measure.Row
	shortest := 0.0
	sizes := measure.Pick(e, []int{1000, 100_000, 1_000_000}, []int{1000, 5000, 20_000})
	for _, n := range sizes {
		q := &longQueue{db: db, n: n, first: time.Now().Add(-time.Hour)}
		if err := q.fill(ctx, e); err != nil {
			return rows, err
		}
		row, units, err := q.ticks(ctx, measure.Pick(e, 30, 8))
		if err != nil {
			return rows, err
		}
		what := fmt.Sprintf("read units a tick, %s waiting", measure.Thousands(int64(n)))
		if shortest == 0 {
			shortest = units
			rows = append(rows, measure.FigureOnly(what, units, "").With("%s", row))
			continue
		}
		rows = append(rows, measure.About(what, shortest, units, "").With("%s", row))
		if n == sizes[len(sizes)-1] {
			more, err := q.census(ctx)
			rows = append(rows, more...)
			if err != nil {
				return rows, err
			}
		}
	}
	return rows, nil
}

// longQueue is a zone with so many waiting.
type longQueue struct {
	db    *measure.Database
	n     int
	first time.Time // arrival of the first in line
	zone  zone.Settings
}

func (q *longQueue) fill(ctx context.Context, e *measure.Env) error {
	q.zone = zone.New(fmt.Sprint("q", q.n))
	q.zone.QueueShards, q.zone.Capacity, q.zone.Rate = longShards, 1000, 600
	if err := load(ctx, e, q.db, q.zone.Queue(), q.n, q.first); err != nil {
		return err
	}
	return check(ctx, storesOf(q.db).queue, q.zone.Queue(), q.n-1, q.first)
}

// ticks returns the mean read units of a tick that calls ten visitors, which all claim before the next.
func (q *longQueue) ticks(ctx context.Context, n int) (note string, mean float64, err error) {
	meter, plain := &meter.Meter{}, storesOf(q.db)
	w, err := newWorld(ctx, q.zone, time.Now(), func(r role) stores {
		if r == roleExchange {
			return storesOf(q.db, meter.Option)
		}
		return plain
	})
	if err != nil {
		return "", 0, err
	}
	called, page, took := 0, int64(0), time.Duration(0)
	for i := range n + 3 {
		if i == 3 { // the first ticks read the whole log and the status
			meter.Reset()
			called, took = 0, 0
		}
		began := time.Now()
		r, err := w.tick(ctx)
		if err != nil {
			return "", 0, err
		}
		called, took = called+r.Called, took+time.Since(began)
		if page, err = q.claim(ctx, w, plain.log, page); err != nil {
			return "", 0, err
		}
		w.advance(time.Second)
	}
	of := func(table string) float64 { return q.db.Used(meter, table).Read / float64(n) }
	return fmt.Sprintf("mean of %d ticks, capacity 1,000, %d shards, %s called a tick: heads of the shards %s, log %s, "+
		"status %s; %.0f ms a tick here",
		n, longShards, measure.Format(float64(called)/float64(n)), measure.Format(of("queue")), measure.Format(of("grants")),
		measure.Format(of("zones")),
		float64(took.Milliseconds())/float64(n)), meter.Total().Read / float64(n), nil
}

// claim lets in everyone called since the page, and returns the newest page.
func (q *longQueue) claim(ctx context.Context, w *world, log bucket.Log, after int64) (int64, error) {
	pages, err := log.Read(ctx, q.zone.Grants(), after+1)
	if err != nil {
		return after, err
	}
	for _, p := range pages {
		for slot, g := range p.Grants {
			n := number(g.Key.Visitor())
			who := w.visitor(n, loaded(n, q.first).RegisteredAt)
			if _, err := w.admit.Enter(ctx, who, bucket.Ref{Page: p.Number, Slot: slot}); err != nil {
				return after, err
			}
		}
		after = p.Number
	}
	return after, nil
}

// Budgets of a census of a million.
const (
	censusUnits  = 19_000.0 // a million
	readPerMille = 0.125    // dollars a million read units
)

func (q *longQueue) census(ctx context.Context) ([]measure.Row, error) {
	meter := &meter.Meter{}
	counter := census.Counter{Queue: storesOf(q.db, meter.Option).queue, Now: time.Now}
	c, err := counter.Count(ctx, q.zone)
	if err != nil {
		return nil, err
	}
	read := meter.Total().Read
	what := fmt.Sprintf("read units of a census, %s waiting", measure.Thousands(int64(c.Total)))
	return []measure.Row{
		measure.About(what, censusUnits*float64(q.n)/1e6, read, "").With("$%.4f a census; %d reads of up to 1 MB",
			read/1e6*readPerMille, meter.Total().Requests),
		measure.FigureOnly(fmt.Sprintf("seconds of a census, %s waiting", measure.Thousands(int64(c.Total))),
			c.Duration.Seconds(),
			" s").With("by %d readers on DynamoDB Local, which reads on this machine's processors; drawing the line takes "+
			"%.2f s of it; a census is repeated every %.0f s then",
			census.DefaultReaders, q.fit().Seconds(), census.Interval(c.Duration).Seconds()),
	}, nil
}

// fit measures our own part of a census, without the reading.
func (q *longQueue) fit() time.Duration {
	positions := make([]uint64, q.n)
	for n := range positions {
		positions[n] = census.Position(loaded(n, q.first).Key)
	}
	began := time.Now()
	census.Fit(positions)
	return time.Since(began)
}
