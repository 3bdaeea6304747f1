package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/problem"
	"foyer/internal/room/census"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// idleRota is processes that exchange in turn, a minute apart, as the schedule starts them, and one that registers;
// each call of the stores meets the fault.
func idleRota(t *testing.T, fault func(op string) memroom.Fault, zones ...string) (*rota, *register.Service) {
	r := newRota(t, zones...)
	r.cloud.Fault = fault
	var runs sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); runs.Wait() })
	for i := range 2 { // processes, each of which runs every other time
		run := r.runner()
		run.Exchange.Wakes = r.cloud.Wakes()
		runs.Go(func() {
			time.Sleep(time.Duration(i) * time.Minute)
			for n := 0; ctx.Err() == nil; n++ {
				began := time.Now()
				_ = run.Run(ctx, fmt.Sprint("run ", i, " ", n))
				time.Sleep(max(0, 2*time.Minute-time.Since(began)))
			}
		})
	}
	return r, &register.Service{
		Settings: &zone.Cache{Store: r.cloud.Zones(), Now: time.Now}, Queue: r.cloud.Queue(), Now: time.Now,
		Waker: &zone.Waker{Wakes: r.cloud.Wakes(), Now: time.Now},
	}
}

// readUnits are what a call of the memory's stores would read, in requests; a status is two items.
var readUnits = map[string]int64{
	"zones.List": 1, "zones.Status": 2, "zones.Settings": 1, "zones.Woken": 1, "queue.Head": 1, "queue.Get": 1,
	"log.Read": 1, "log.ReadBack": 1, "log.Stands": 1, "log.Get": 1,
}

func TestTwoHundredIdleZonesAreReadLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for n := range 200 {
			names = append(names, fmt.Sprintf("zone-%03d", n))
		}
		var reads atomic.Int64
		r, reg := idleRota(t, func(op string) memroom.Fault {
			reads.Add(readUnits[op])
			return memroom.Fault{}
		}, names...)
		time.Sleep(5 * time.Minute)
		const span = 10 * time.Minute
		reads.Store(0)
		began := processorTime()
		time.Sleep(span)
		perSecond := float64(reads.Load()) / span.Seconds()
		share := (processorTime() - began).Seconds() / span.Seconds()
		t.Logf("200 idle zones: %.1f reads a second, %.2f %% of a processor", perSecond, 100*share)
		if perSecond > 20 {
			t.Errorf("200 idle zones take %.1f reads a second", perSecond)
		}
		enters(t, r, reg, "zone-123", 3*time.Second)
	})
}

// enters registers a visitor, who must be called within a time.
func enters(t *testing.T, r *rota, reg *register.Service, name string, within time.Duration) {
	t.Helper()
	id := queue.VisitorID{byte(rand.Uint32()), byte(rand.Uint32()), 15: 1}
	_, err := reg.Register(t.Context(), token.Visitor{Zone: name, ID: id, Arrived: time.Now(), Priority: 8}, "c")
	is(t, err, "")
	before := time.Now()
	for range 400 {
		for _, p := range r.cloud.Pages(name) {
			for _, g := range p.Grants {
				if g.Key.Visitor() == id {
					if took := time.Since(before); took > within {
						t.Errorf("%s: called after %v", name, took)
					}
					return
				}
			}
		}
		time.Sleep(time.Second)
	}
	t.Errorf("%s: not called in %v", name, time.Since(before))
}

// A visitor without a connection who never asks is no reason to look at the zone for ever, also where nobody was ever
// called.
func TestATokenLeftBehindKeepsNoZoneAwake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, reg := idleRota(t, nil, "main")
		state := func(state zone.State) {
			s, err := r.cloud.Zones().Settings(t.Context(), "main")
			is(t, err, "")
			s.State, s.Version = state, s.Version+1
			is(t, r.cloud.Zones().SaveSettings(t.Context(), s), "")
		}
		state(zone.Paused) // so that the visitor isn't called while just registered
		time.Sleep(10 * time.Second)
		_, err := reg.Register(t.Context(), token.Visitor{
			Zone: "main", ID: queue.VisitorID{15: 1}, Arrived: time.Now(), Priority: 8,
		}, "")
		is(t, err, "")
		time.Sleep(2 * time.Minute)
		state(zone.Open)
		time.Sleep(8 * time.Minute)
		st, err := r.cloud.Zones().Status(t.Context(), "main")
		is(t, err, "")
		if !st.Idle || len(r.cloud.Pages("main")) > 0 {
			t.Errorf("the zone is idle: %v, with %d waiting", st.Idle, st.Waiting)
		}
	})
}

// Whenever somebody comes, also while the zone is becoming idle, and whichever process knows what, the next ticks see
// them.
func TestWhoComesToAnIdleZoneIsCalledSoon(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	days := 40
	if testing.Short() {
		days = 10
	}
	for range days {
		synctest.Test(t, func(t *testing.T) {
			r, reg := idleRota(t, nil, "main", "other")
			var grants sync.Mutex
			for range 3 {
				time.Sleep(time.Duration(random.Int64N(int64(3 * time.Minute))))
				grants.Lock()
				enters(t, r, reg, "main", 3*time.Second)
				grants.Unlock()
				time.Sleep(time.Minute) // the turn is missed, and the place set aside
			}
		})
	}
}

// A process that has just read that the zone isn't idle wakes it for nobody, for a while.
func TestWhoComesAsTheZoneBecomesIdleIsCalledSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, reg := idleRota(t, nil, "main")
		for idle := false; !idle; time.Sleep(100 * time.Millisecond) {
			reg.Waker = &zone.Waker{Wakes: r.cloud.Wakes(), Now: time.Now}
			reg.Waker.Registered(t.Context(), "main")
			time.Sleep(100 * time.Millisecond)
			st, err := r.cloud.Zones().Status(t.Context(), "main")
			is(t, err, "")
			idle = st.Idle
		}
		time.Sleep(zone.IdleFor - time.Second)
		enters(t, r, reg, "main", 3*time.Second)
	})
}

// A change of an idle zone's settings is obeyed at once.
func TestAnIdleZoneHearsOfChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := idleRota(t, nil, "main")
		time.Sleep(4 * time.Minute)
		st, err := r.cloud.Zones().Status(t.Context(), "main")
		if is(t, err, ""); !st.Idle {
			t.Fatalf("the zone isn't idle: %+v", st)
		}
		s, err := r.cloud.Zones().Settings(t.Context(), "main")
		is(t, err, "")
		s.State, s.Version = zone.Paused, s.Version+1
		is(t, r.cloud.Zones().SaveSettings(t.Context(), s), "")
		time.Sleep(4 * time.Second)
		if st, err = r.cloud.Zones().Status(t.Context(), "main"); err != nil || st.State != zone.Paused {
			t.Errorf("the status: %+v, %v", st, err)
		}
	})
}

// The places of an idle zone are registered though nobody can wake it, and their visitors called by a run that begins
// after a census.
func TestWhoCanNotWakeAnIdleZoneIsCalledAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := func(op string) memroom.Fault {
			if op == "zones.Wake" {
				return memroom.Fault{Before: &problem.Error{Code: problem.Busy}}
			}
			return memroom.Fault{}
		}
		r, reg := idleRota(t, throttled, "main")
		var counting sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		t.Cleanup(func() { stop(); counting.Wait() })
		counting.Go(func() {
			c := &census.Runner{
				Queue: r.cloud.Queue(), Zones: r.cloud.Zones(), Now: time.Now, Sleep: smithytime.SleepWithContext,
			}
			_ = c.Run(ctx, "census", time.Now().Add(time.Hour))
		})
		time.Sleep(4*time.Minute + 10*time.Second)
		if st, err := r.cloud.Zones().Status(t.Context(), "main"); err != nil || !st.Idle {
			t.Fatalf("the zone isn't idle: %+v, %v", st, err)
		}
		enters(t, r, reg, "main", 70*time.Second)
	})
}

// A zone is idle when for a minute nobody has waited or been inside, and a visitor who comes would be called, and can
// wake it.
func TestWhenAZoneIsIdle(t *testing.T) {
	for name, c := range map[string]struct {
		first, then func(*world) // before the first tick, and before the one a minute later
		less        time.Duration
		idle        bool
	}{
		"nobody came for a minute":    {idle: true},
		"nobody came for almost that": {less: time.Millisecond},
		"nobody can wake it":          {first: func(w *world) { w.x.Wakes = nil }},
		"it was paused": {then: func(w *world) {
			w.set(func(s *zone.Settings) { s.State = zone.Paused })
		}},
		"somebody is inside": {first: func(w *world) {
			_, err := w.reg.Ask(ctx, w.visitor(1, epoch))
			is(w.t, err, "")
		}},
		"somebody waits, and is called when they ask": {first: func(w *world) {
			w.register(w.visitor(1, epoch), "")
			w.advance(2 * time.Minute)
		}},
		"the queue can't be read": {first: func(w *world) {
			w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "queue.Head", errors.New("down")) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, m := newWorld(t, func(s *zone.Settings) { s.Session = time.Hour }), &exchange.Memory{}
			w.x.Wakes = w.cloud.Wakes()
			for _, before := range []func(*world){c.first, c.then} {
				if before != nil {
					before(w)
				}
				_, _ = w.x.Tick(ctx, w.zone, m)
				if w.status().Idle && before != nil {
					t.Error("idle at once")
				}
				w.advance(time.Minute - c.less)
			}
			if st := w.status(); st.Idle != c.idle || st.Version == 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// A zone that rests is looked at every five minutes all the same.
func TestAZoneThatRestsIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota(t, "main")
		run := r.runner()
		run.Exchange.Wakes, run.For = r.cloud.Wakes(), 8*time.Minute
		is(t, run.Run(t.Context(), "run"), "")
		if rested := gap(r.ticks["main"]); rested < 5*time.Minute || rested > 5*time.Minute+2*time.Second {
			t.Errorf("rested for %v", rested)
		}
	})
}
