package census_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/census"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// hall is a runner over stores in memory, on the clock of a synctest bubble.
type hall struct {
	runner census.Runner
	queue  queue.Store
	zones  zone.Store
	mu     sync.Mutex
	passes []census.Pass
}

func newHall(t *testing.T, names ...string) *hall {
	t.Helper()
	cloud := memroom.New()
	h := &hall{queue: cloud.Queue(), zones: cloud.Zones()}
	h.runner = census.Runner{
		Queue:  h.queue,
		Zones:  h.zones,
		Now:    time.Now,
		Sleep:  smithytime.SleepWithContext,
		Report: h.report,
	}
	for _, name := range names {
		s := zone.New(name)
		s.Version, s.State, s.Policy, s.QueueShards = 1, zone.Open, zone.FirstCome, 8
		if err := h.zones.SaveSettings(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *hall) report(p census.Pass) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passes = append(h.passes, p)
}

func (h *hall) arrive(t *testing.T, name string, keys ...queue.Key) {
	t.Helper()
	for _, key := range keys {
		if _, err := h.queue.Register(context.Background(), queue.Of{Zone: name, Shards: 8},
			queue.Entry{Key: key, RegisteredAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *hall) run(t *testing.T, d time.Duration) {
	t.Helper()
	if err := h.runner.Run(t.Context(), fmt.Sprint("run at ", time.Now()), time.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func (h *hall) census(t *testing.T, name string) zone.Census {
	t.Helper()
	status, err := h.zones.Status(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return status.Census
}

// begun is when each counting of a zone began, in seconds from the first.
func (h *hall) begun(name string) (seconds []int) {
	var first time.Time
	for _, p := range h.passes {
		if p.Zone == name {
			if first.IsZero() {
				first = p.Census.At
			}
			seconds = append(seconds, int(p.Census.At.Sub(first)/time.Second))
		}
	}
	return seconds
}

func TestARunCountsEveryZoneEveryFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a", "b")
		keys := crowds[0].keys(1, 50)
		h.arrive(t, "a", keys...)
		h.run(t, 16*time.Second)
		for _, name := range []string{"a", "b"} {
			if got := h.begun(name); !slices.Equal(got, []int{0, 5, 10, 15}) {
				t.Errorf("zone %s was counted at %v", name, got)
			}
		}
		got := h.census(t, "a")
		knots, err := census.Unpack(got.Knots)
		if err != nil || got.Total != 50 || worst(knots, keys, 0) != 0 {
			t.Errorf("the census is %+v, %v", got, err)
		}
	})
}

func TestOnlyZonesThatTakeVisitorsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "closed", "paused", "passthrough")
		for name, change := range map[string]func(*zone.Settings){
			"closed":      func(s *zone.Settings) { s.State = zone.Closed },
			"paused":      func(s *zone.Settings) { s.State = zone.Paused },
			"passthrough": func(s *zone.Settings) { s.Policy = zone.Passthrough },
		} {
			s, _ := h.zones.Settings(t.Context(), name)
			s.Version++
			change(&s)
			if err := h.zones.SaveSettings(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		h.run(t, time.Second)
		if len(h.passes) != 1 || h.passes[0].Zone != "paused" {
			t.Errorf("counted %+v", h.passes)
		}
	})
}

func TestAnEmptyQueueIsSavedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		h.run(t, 16*time.Second)
		h.run(t, 16*time.Second)
		saved := 0
		for _, p := range h.passes {
			if p.Saved {
				saved++
			}
		}
		if saved != 1 || len(h.passes) < 6 {
			t.Errorf("of %d counts, %d were saved", len(h.passes), saved)
		}
	})
}

// A census is written to the edge at a price, so a quiet queue isn't written again; but visitors counted while they
// arrived need a census that began later.
func TestAQuietQueueIsSavedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		h.arrive(t, "a", crowds[0].keys(1, 3)...)
		h.run(t, 31*time.Second)
		var saved []bool
		for _, p := range h.passes {
			saved = append(saved, p.Saved)
		}
		if want := []bool{true, true, false, false, false, false, false}; !slices.Equal(saved, want) {
			t.Errorf("saved %v, want %v", saved, want)
		}
		h.arrive(t, "a", crowds[0].keys(9, 1)...)
		h.run(t, time.Second)
		if got := h.census(t, "a").Total; got != 4 {
			t.Errorf("after one more arrived, the census says %d", got)
		}
	})
}

func TestACountTakesATenthOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "big", "small")
		h.runner.Queue = slow{h.queue, "big", 2 * time.Second, nil}
		h.run(t, 41*time.Second)
		if got := h.begun("big"); !slices.Equal(got, []int{0, 20, 40}) {
			t.Errorf("the big zone was counted at %v", got)
		}
		if got := h.begun("small"); len(got) != 9 {
			t.Errorf("the small zone was held up: counted at %v", got)
		}
	})
}

func TestAZoneIsNotCountedTwiceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "huge")
		h.runner.Queue = slow{h.queue, "huge", 7 * time.Second, nil}
		h.run(t, 71*time.Second)
		if got := h.begun("huge"); !slices.Equal(got, []int{0, 70}) {
			t.Errorf("counted at %v", got)
		}
	})
}

func TestARunThatBeginsWhenACountIsDueCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		for range 2 {
			h.run(t, time.Second)
			time.Sleep(census.MinInterval - time.Second)
		}
		if got := h.begun("a"); !slices.Equal(got, []int{0, 5}) {
			t.Errorf("counted at %v", got)
		}
	})
}

func TestAnotherQueueOfTheSameLengthIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		keys := crowds[0].keys(1, 4)
		h.arrive(t, "a", keys[:3]...)
		var before zone.Census
		var coming sync.WaitGroup
		coming.Go(func() {
			time.Sleep(16 * time.Second) // by then it was saved twice, and looked at twice more
			before = h.census(t, "a")
			if err := h.queue.Remove(context.Background(), queue.Of{Zone: "a", Shards: 8}, keys[0]); err != nil {
				t.Error(err)
			}
			h.arrive(t, "a", keys[3])
		})
		h.run(t, 21*time.Second)
		coming.Wait()
		if got := h.census(t, "a"); got.Total != 3 || got.Knots == before.Knots {
			t.Errorf("the census is %+v, and was %+v", got, before)
		}
	})
}

func TestAHandOverDoesNotCountAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "big")
		h.runner.Queue = slow{h.queue, "big", 3 * time.Second, nil}
		h.run(t, 10*time.Second)
		h.run(t, 25*time.Second)
		if got := h.begun("big"); !slices.Equal(got, []int{0, 30}) {
			t.Errorf("counted at %v", got)
		}
	})
}

func TestARunYieldsToOneThatStartedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		ended := make(chan time.Time)
		go func() {
			h.run(t, 130*time.Second)
			ended <- time.Now()
		}()
		time.Sleep(60 * time.Second)
		later := time.Now()
		go func() {
			h.run(t, 130*time.Second)
			ended <- time.Now()
		}()
		if took := (<-ended).Sub(later); took > census.Glance {
			t.Errorf("the older run went on for %v", took)
		}
		if took := (<-ended).Sub(later); took != 130*time.Second {
			t.Errorf("the newer run ended after %v", took)
		}
	})
}

// A count that misses a shard would show everybody too good a place.
func TestAFaultSavesNothingAndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		h.arrive(t, "a", crowds[0].keys(1, 30)...)
		fails := 1
		h.runner.Queue = slow{h.queue, "a", 0, &fails}
		h.run(t, 6*time.Second)
		if len(h.passes) != 2 || h.passes[0].Err == nil || h.passes[0].Saved || h.passes[1].Err != nil {
			t.Fatalf("passes %+v", h.passes)
		}
		if got := h.census(t, "a").Total; got != 30 {
			t.Errorf("the census says %d", got)
		}
	})
}

// weary zones fail to give the lease or the list, sometimes.
type weary struct {
	zone.Store
	calls *int
}

func (w weary) Lease(ctx context.Context, name, run string, started, now time.Time) (zone.Lease, error) {
	if *w.calls++; *w.calls%2 == 0 {
		return zone.Lease{}, errors.New("throttled")
	}
	return w.Store.Lease(ctx, name, run, started, now)
}

func (w weary) List(ctx context.Context) ([]zone.Settings, error) {
	if *w.calls > 1 {
		return nil, errors.New("throttled")
	}
	return w.Store.List(ctx)
}

// late zones can't be listed at first.
type late struct {
	zone.Store
	fails *int
}

func (l late) List(ctx context.Context) ([]zone.Settings, error) {
	if *l.fails--; *l.fails >= 0 {
		return nil, errors.New("throttled")
	}
	return l.Store.List(ctx)
}

func TestARunGoesOnUntilItSeesTheZones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, fails := newHall(t, "a"), 2
		h.runner.Zones = late{h.zones, &fails}
		h.run(t, 16*time.Second)
		if got := h.begun("a"); len(got) != 2 {
			t.Errorf("counted at %v", got)
		}
	})
}

func TestTroubleWithTheZonesDoesNotEndARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, "a")
		h.runner.Zones = weary{h.zones, new(int)}
		h.run(t, 16*time.Second)
		if got := h.begun("a"); len(got) != 4 {
			t.Errorf("counted at %v", got)
		}
		calls := 1
		h.runner.Zones = weary{h.zones, &calls}
		if err := h.runner.Run(t.Context(), "later", time.Now().Add(time.Second)); err == nil {
			t.Error("a run that never saw the zones ended well")
		}
	})
}

// slow is a queue that takes its time for a zone, and fails to read one shard a few times.
type slow struct {
	queue.Store
	zone  string
	takes time.Duration
	fails *int
}

func (s slow) Scan(ctx context.Context, name string, shard int, visit func([]queue.Key) error) error {
	if name == s.zone {
		_ = smithytime.SleepWithContext(ctx, s.takes)
		if s.fails != nil && shard == 5 && *s.fails > 0 {
			*s.fails--
			return errors.New("throttled")
		}
	}
	return s.Store.Scan(ctx, name, shard, visit)
}

// Where no zone runs, those that take visitors are counted once, and the run ends.
func TestARunEndsWhereNoZoneRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		s := zone.New("main")
		s.QueueShards, s.State, s.OpensAt = 8, zone.Scheduled, time.Now().Add(24*time.Hour)
		if err := h.zones.SaveSettings(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		h.arrive(t, "main", queue.Key{1})
		began := time.Now()
		h.run(t, time.Minute)
		if time.Since(began) > time.Second || len(h.passes) != 1 || h.census(t, "main").Total != 1 {
			t.Errorf("%v, %d counts", time.Since(began), len(h.passes))
		}
	})
}
