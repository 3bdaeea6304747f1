package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// rota is runners over one memory, by the bubble's clock, and every tick they made.
type rota struct {
	cloud *memroom.Cloud
	mu    sync.Mutex
	ticks map[string][]time.Time // zone → when
	errs  []error
}

func newRota(t *testing.T, zones ...string) *rota {
	r := &rota{cloud: memroom.New(), ticks: map[string][]time.Time{}}
	for _, name := range zones {
		if err := r.cloud.Zones().SaveSettings(t.Context(), zone.New(name)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rota) runner() *exchange.Runner {
	return &exchange.Runner{
		Sleep: smithytime.SleepWithContext,
		Exchange: &exchange.Exchange{
			Queue: r.cloud.Queue(), Log: r.cloud.Log(), Index: r.cloud.Index(), Zones: r.cloud.Zones(), Now: time.Now,
		},
		Observe: func(result exchange.Result, err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.ticks[result.Zone] = append(r.ticks[result.Zone], time.Now())
			if err != nil {
				r.errs = append(r.errs, err)
			}
		},
	}
}

func gap(times []time.Time) (widest time.Duration) {
	for i := 1; i < len(times); i++ {
		widest = max(widest, times[i].Sub(times[i-1]))
	}
	return widest
}

func TestEveryZoneIsTickedEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "a", "b", "c")
		if err := r.runner().Run(t.Context(), "run"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b", "c"} {
			if n := len(r.ticks[name]); n != int(exchange.RunFor/time.Second) || gap(r.ticks[name]) != time.Second {
				t.Errorf("zone %s: %d ticks, %v apart at most", name, n, gap(r.ticks[name]))
			}
		}
	})
}

func TestANewerRunTakesOverWithoutAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main")
		var runs sync.WaitGroup
		ends := make([]time.Duration, 4)
		began := time.Now()
		for i, after := range []time.Duration{0, 61 * time.Second, 100 * time.Second, 185 * time.Second} {
			runs.Go(func() {
				time.Sleep(after)
				_ = r.runner().Run(t.Context(), fmt.Sprint("run ", i))
				ends[i] = time.Since(began)
			})
		}
		runs.Wait()
		for i, next := range []time.Duration{61 * time.Second, 100 * time.Second, 185 * time.Second} {
			if ends[i] < next || ends[i] > next+2*time.Second {
				t.Errorf("run %d ended after %v, its successor began after %v", i, ends[i], next)
			}
		}
		if g := gap(r.ticks["main"]); g > 2*time.Second {
			t.Errorf("nobody ticked for %v", g)
		}
	})
}

func TestAnOlderRunNeverTakesTheLeaseBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main")
		if _, err := r.cloud.Zones().Lease(t.Context(), exchange.LeaseName, "newer",
			time.Now().Add(time.Second), time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := r.runner().Run(t.Context(), "older"); err != nil || len(r.ticks) > 0 {
			t.Errorf("%d ticks, %v", len(r.ticks), err)
		}
	})
}

func TestTheEndOfTheContextLetsTheTickFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main")
		ctx, cancel := context.WithCancel(t.Context())
		r.cloud.Fault = func(op string) memroom.Fault {
			if op == "log.Read" {
				cancel()
				time.Sleep(time.Second)
			}
			return memroom.Fault{}
		}
		if err := r.runner().Run(ctx, "run"); err != nil || len(r.errs) > 0 || len(r.ticks["main"]) != 1 {
			t.Errorf("%v, %v, %d ticks", err, r.errs, len(r.ticks["main"]))
		}
	})
}

func TestTroubleInOneZoneStopsNoOther(t *testing.T) {
	down := errors.New("down")
	for name, fault := range map[string]func(op string, n int) memroom.Fault{
		"the lease":   func(op string, _ int) memroom.Fault { return failing(op == "zones.Lease", down) },
		"every third": func(_ string, n int) memroom.Fault { return failing(n%3 == 0, down) },
		"the list later": func(op string, n int) memroom.Fault {
			return failing(op == "zones.List" && n > 50, down)
		},
		"a slow log": func(op string, n int) memroom.Fault {
			if op == "log.Read" && n%20 == 0 {
				time.Sleep(5 * time.Second)
			}
			return memroom.Fault{}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRota(t, "a", "b")
			var calls atomic.Int64
			r.cloud.Fault = func(op string) memroom.Fault { return fault(op, int(calls.Add(1))) }
			if err := r.runner().Run(t.Context(), "run"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, z := range []string{"a", "b"} {
				if len(r.ticks[z]) < 40 {
					t.Errorf("%s: zone %s had %d ticks", name, z, len(r.ticks[z]))
				}
			}
		})
	}
}

func failing(yes bool, err error) memroom.Fault {
	if yes {
		return memroom.Fault{Before: err}
	}
	return memroom.Fault{}
}

func TestAPanicIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "bad", "good")
		run := r.runner()
		run.Exchange.Queue = panicky{run.Exchange.Queue}
		if err := run.Run(t.Context(), "run"); err != nil {
			t.Fatal(err)
		}
		if len(r.errs) != len(r.ticks["bad"]) || len(r.ticks["good"]) < 100 {
			t.Errorf("%d errors of %d ticks; %d ticks of the good zone", len(r.errs), len(r.ticks["bad"]), len(r.ticks["good"]))
		}
	})
}

// A run that has nothing to do ends after one tick of each zone; whatever needs the next second keeps it.
func TestARunEndsWhereNothingNeedsIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*zone.Settings)
		runs   time.Duration
	}{
		"closed":             {func(s *zone.Settings) { s.State = zone.Closed }, time.Second},
		"open":               {func(*zone.Settings) {}, exchange.RunFor},
		"paused":             {func(s *zone.Settings) { s.State = zone.Paused }, exchange.RunFor},
		"opens next week":    {opensIn(7 * 24 * time.Hour), time.Second},
		"opens in a minute":  {opensIn(time.Minute), exchange.RunFor},
		"will soon be near":  {opensIn(zone.OpensSoon + time.Second/2), exchange.RunFor},
		"lets all pass":      {func(s *zone.Settings) { s.Policy = zone.Passthrough }, time.Second},
		"lets through today": {func(s *zone.Settings) { s.LetThrough = true }, exchange.RunFor},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, s := newRota(t), zone.New("main")
			c.change(&s)
			if err := r.cloud.Zones().SaveSettings(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := r.runner().Run(t.Context(), "run"); err != nil || time.Since(began) != c.runs ||
				len(r.ticks["main"]) != int(c.runs/time.Second) {
				t.Errorf("%s: %v, %d ticks, error %v", name, time.Since(began), len(r.ticks["main"]), err)
			}
		})
	}
}

// A run in a process that has just ended another one sees the zone that opened in between.
func TestARunSeesTheZoneThatItWasStartedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t)
		runner := r.runner()
		if err := runner.Run(t.Context(), "before"); err != nil {
			t.Fatal(err)
		}
		if err := r.cloud.Zones().SaveSettings(t.Context(), zone.New("main")); err != nil {
			t.Fatal(err)
		}
		if err := runner.Run(t.Context(), "after"); err != nil || len(r.ticks["main"]) != int(exchange.RunFor/time.Second) {
			t.Errorf("%d ticks, error %v", len(r.ticks["main"]), err)
		}
	})
}

func opensIn(d time.Duration) func(*zone.Settings) {
	return func(s *zone.Settings) { s.State, s.OpensAt = zone.Scheduled, time.Now().Add(d) }
}

// Where somebody is called or inside, a closed zone is ticked until nobody is.
func TestARunGoesOnUntilNobodyIsInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newRota(t, "main"), zone.New("main")
		if _, err := r.cloud.Queue().Register(t.Context(), queue.Of{Zone: "main", Shards: s.QueueShards},
			queue.Entry{Key: queue.Key{7}, Conn: "c", ConnAt: time.Now(), RegisteredAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		first := r.runner()
		first.For = 2 * time.Second
		if err := first.Run(t.Context(), "first"); err != nil {
			t.Fatal(err)
		}
		s.State, s.Version = zone.Closed, 2
		if err := r.cloud.Zones().SaveSettings(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_ = r.runner().Run(t.Context(), "second")
		if took := time.Since(began); took < s.Window-3*time.Second || took > s.Window+3*time.Second {
			t.Errorf("the run ended after %v; a called visitor has %v", took, s.Window)
		}
	})
}

// A zone that is being cleared isn't ticked, and what was known of it is forgotten: its new log begins anew.
func TestAZoneThatIsClearedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main", "other")
		of, key := bucket.Of{Zone: "main", Shards: 1}, queue.NewKey(8, 0, 1, queue.VisitorID{15: 1})
		inside := []bucket.Grant{{Key: key, State: bucket.Inside, Until: time.Now().Add(time.Hour)}}
		is(t, r.cloud.Log().Append(t.Context(), of, bucket.Page{Number: 1, At: time.Now(), Called: key, Grants: inside}), "")
		var ran sync.WaitGroup
		ran.Go(func() { is(t, r.runner().Run(t.Context(), "a"), "") })
		save := func(change func(zone.Settings) zone.Settings) zone.Settings {
			s, err := r.cloud.Zones().Settings(t.Context(), "main")
			is(t, err, "")
			s = change(s)
			is(t, r.cloud.Zones().SaveSettings(t.Context(), s), "")
			return s
		}
		time.Sleep(10 * time.Second)
		save(func(s zone.Settings) zone.Settings { s.State, s.Version = zone.Closed, s.Version+1; return s })
		marked := save(func(s zone.Settings) zone.Settings { s, _ = s.Clear(zone.Resetting); return s })
		time.Sleep(zone.ClearAfter)
		r.mu.Lock()
		if last := r.ticks["main"][len(r.ticks["main"])-1]; time.Since(last) < zone.ClearAfter-5*time.Second {
			t.Errorf("ticked %v ago", time.Since(last))
		}
		r.mu.Unlock()
		_ = r.cloud.Locked(func() error { r.cloud.ClearLog("main", true); return nil })
		st, err := r.cloud.Zones().Status(t.Context(), "main")
		is(t, err, "")
		is(t, r.cloud.Zones().SaveStatus(t.Context(), zone.Status{Zone: "main", Version: st.Version + 1}), "")
		save(func(zone.Settings) zone.Settings { return marked.Cleared(time.Time{}) })
		save(func(s zone.Settings) zone.Settings { s.State, s.Version = zone.Open, s.Version+1; return s })
		_, err = r.cloud.Queue().Register(t.Context(), queue.Of{Zone: "main", Shards: 4},
			queue.Entry{Key: key, RegisteredAt: time.Now()})
		is(t, err, "")
		time.Sleep(5 * time.Second)
		if pages := r.cloud.Pages("main"); len(pages) != 1 || pages[0].Grants[0].Key != key {
			t.Errorf("who was inside before isn't called: %+v", pages)
		}
		st, err = r.cloud.Zones().Status(t.Context(), "main")
		if is(t, err, ""); st.Called != key || st.Inside != 0 {
			t.Errorf("the status: %+v", st)
		}
		ran.Wait()
	})
}

// A process that ran before knows which zones rest, and its next runs end as early.
func TestLaterRunsEndWhereNothingNeedsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := newRota(t), zone.New("main")
		s.State = zone.Closed
		is(t, r.cloud.Zones().SaveSettings(t.Context(), s), "")
		runner := r.runner()
		runner.Exchange.Wakes = r.cloud.Wakes()
		for n := range 3 {
			began := time.Now()
			is(t, runner.Run(t.Context(), fmt.Sprint("run ", n)), "")
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("run %d: %v", n, took)
			}
			time.Sleep(time.Minute)
		}
	})
}

// A process that didn't run while a zone was cleared takes nothing of the line before into the new one.
func TestAZoneThatWasClearedUnseenBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main")
		of, line := bucket.Of{Zone: "main", Shards: 1}, queue.Of{Zone: "main", Shards: zone.New("main").QueueShards}
		high, low := queue.NewKey(8, 1, 1, queue.VisitorID{15: 1}), queue.NewKey(8, 0, 1, queue.VisitorID{15: 2})
		is(t, r.cloud.Log().Append(t.Context(), of, bucket.Page{Number: 1, At: time.Now(), Called: high,
			Grants: []bucket.Grant{{Key: high, State: bucket.Left}}}), "")
		runner := r.runner()
		runner.For = 15 * time.Second
		is(t, runner.Run(t.Context(), "before"), "")
		st, err := r.cloud.Zones().Status(t.Context(), "main")
		if is(t, err, ""); st.Called != high {
			t.Fatalf("the status: %+v", st)
		}
		_ = r.cloud.Locked(func() error { r.cloud.ClearLog("main", true); return nil })
		is(t, r.cloud.Zones().SaveStatus(t.Context(), zone.Status{Zone: "main", Version: st.Version + 1}), "")
		time.Sleep(time.Minute)
		_, err = r.cloud.Queue().Register(t.Context(), line,
			queue.Entry{Key: low, Conn: "c", ConnAt: time.Now(), RegisteredAt: time.Now()})
		is(t, err, "")
		is(t, runner.Run(t.Context(), "after"), "")
		st, err = r.cloud.Zones().Status(t.Context(), "main")
		if is(t, err, ""); st.Called != low {
			t.Errorf("the status after: %+v", st)
		}
	})
}
