package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// coldPages is how long the log is that a fresh process reads.
const coldPages = 5000

// coldLog takes a while to read a whole log of coldPages, as a fresh process does with a long one: each page its part.
// Every tenth reading backwards fails.
type coldLog struct {
	bucket.Log
	takes time.Duration

	mu    sync.Mutex
	reads int
}

func (l *coldLog) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) ([]bucket.Page, error) {
	pages, err := l.Log.ReadBack(ctx, of, before, limit)
	l.mu.Lock()
	l.reads++
	fails := l.reads%10 == 0
	l.mu.Unlock()
	select {
	case <-time.After(l.takes * time.Duration(len(pages)) / coldPages):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if fails {
		return nil, errors.New("cut off")
	}
	return pages, err
}

// relayRuns runs one process after the other, a minute apart, over a long log; the given ones crash. It returns the
// times of good ticks.
func relayRuns(t *testing.T, takes time.Duration, crash map[int]time.Duration) []time.Time {
	return relayRunsFrom(t, takes, 1, crash)
}

// relayRunsFrom is relayRuns with the first live grant on a page.
func relayRunsFrom(t *testing.T, takes time.Duration, floor int64, crash map[int]time.Duration) []time.Time {
	r := newRota(t, "main")
	start := time.Now()
	left := []bucket.Grant{{State: bucket.Left, Until: start}}
	inside := []bucket.Grant{{State: bucket.Inside, Until: start.Add(time.Hour)}}
	for n := range int64(coldPages) {
		p := bucket.Page{Number: n + 1, At: start.Add(-time.Hour), Grants: left}
		if n == floor-1 || n == coldPages-1 {
			p.Grants = inside
		}
		is(t, r.cloud.Log().Append(t.Context(), bucket.Of{Zone: "main", Shards: 1}, p), "")
	}
	is(t, r.cloud.Zones().SaveStatus(t.Context(), zone.Status{Zone: "main", Version: 1, At: start, Floor: floor}), "")
	var mu sync.Mutex
	good := []time.Time{start}
	var runs sync.WaitGroup
	for i := range 3 {
		runs.Go(func() {
			time.Sleep(time.Duration(i) * time.Minute)
			run := r.runner()
			if i > 0 { // the first process has run for long
				run.Exchange.Log = &coldLog{Log: r.cloud.Log(), takes: takes}
			}
			run.Observe = func(_ exchange.Result, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					good = append(good, time.Now())
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if after := crash[i]; after > 0 {
				time.AfterFunc(after, cancel)
			}
			_ = run.Run(ctx, fmt.Sprint("run ", i))
		})
	}
	runs.Wait()
	return append(good, time.Now())
}

// A newer run takes over only when it has read the log, and goes on where a reading stopped half way.
func TestTheLineGoesOnAtAHandoverToAColdProcess(t *testing.T) {
	for _, takes := range []time.Duration{3 * time.Second, 8 * time.Second, 11 * time.Second, 40 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			if widest := gap(relayRuns(t, takes, nil)); widest > 2*time.Second {
				t.Errorf("reading the log takes %v: %v passed without a good tick", takes, widest)
			}
		})
	}
}

// The run that was superseded stands by, and goes on when its successor is gone.
func TestTheLineGoesOnWhenTheLeaderIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := relayRuns(t, 8*time.Second, map[int]time.Duration{1: 40 * time.Second})
		if widest := gap(good); widest > 2*time.Second {
			t.Errorf("%v passed without a good tick", widest)
		}
	})
}

// When both are gone the schedule's next run leads as soon as it knows who is inside, though it hasn't read the log.
func TestTheLineGoesOnWhenBothAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crash := map[int]time.Duration{0: 61 * time.Second, 1: time.Second}
		if widest := gap(relayRunsFrom(t, 40*time.Second, coldPages-200, crash)); widest > 70*time.Second {
			t.Errorf("%v passed without a good tick", widest)
		}
	})
}

// A run that another one took over from ends at once when it hasn't led for long, and otherwise stands by until its
// time is over; where it leads again then, in the other's place, for a little longer.
func TestHowLongARunGoesOnBesideANewerOne(t *testing.T) {
	const lasts = time.Minute
	for name, c := range map[string]struct {
		from, until time.Duration // the newer one's
		end         time.Duration
	}{
		"soon after it began":       {10 * time.Second, 2 * lasts, 10 * time.Second},
		"it has led for a while":    {40 * time.Second, 2 * lasts, lasts},
		"and the newer one is gone": {40 * time.Second, 45 * time.Second, lasts + 15*time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRota(t, "main")
			s := zone.New("main")
			e := queue.Entry{Key: queue.Key{7}, Conn: "c", ConnAt: time.Now(), RegisteredAt: time.Now()}
			_, err := r.cloud.Queue().Register(t.Context(), s.Queue(), e)
			is(t, err, "")
			var newer sync.WaitGroup
			newer.Go(func() {
				time.Sleep(c.from)
				ctx, cancel := context.WithTimeout(t.Context(), c.until-c.from)
				defer cancel()
				_ = r.runner().Run(ctx, "newer")
			})
			began, older := time.Now(), r.runner()
			older.For = lasts
			ctx, cancel := context.WithTimeout(t.Context(), 2*lasts)
			defer cancel()
			is(t, older.Run(ctx, "older"), "")
			if end := time.Since(began); end < c.end || end > c.end+2*time.Second {
				t.Errorf("%s: the older run ended after %v, want %v", name, end, c.end)
			}
			newer.Wait()
		})
	}
}
