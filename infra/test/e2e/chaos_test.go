package e2e

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/local"
	"foyer/infra/local/lambda"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// wayIn is the functions that a visitor needs to get in.
var wayIn = []string{"register", "admit", "exchange", "notify", "relay", "census"}

// TestNobodyIsLostWhateverIsKilled sends a crowd through while every function of the way in is killed again and again,
// at any moment, and every second batch of the streams comes twice: every visitor gets in exactly once, and there are
// never more inside than the zone holds.
func TestNobodyIsLostWhateverIsKilled(t *testing.T) {
	c := up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.Window = 15, 15*time.Second })
	for _, f := range []string{"notify", "relay"} {
		c.Streams.Duplicate(f, 2)
		t.Cleanup(func() { c.Streams.Duplicate(f, 0) })
	}
	live, ghosts := sends(t, h, 1), sends(t, h, 2)
	starts(t, ghosts, crowd.Plan{Visitors: 30, PerSecond: 10, Gone: 1})
	starts(t, live, crowd.Plan{Visitors: 120, PerSecond: 10, HTTPOnly: 0.2, Apps: 0.2, Stay: 2 * time.Second})

	before := c.Lambda.Stats()
	stop := kills(t, c, wayIn, 300*time.Millisecond, 30*time.Second)
	defer stop()
	until(t, 3*time.Minute, "everyone to have been inside", func() bool {
		s := live.Stats()
		return s.Left+s.Failed == 120
	})
	stop()
	if s := live.Stats(); s.Failed > 0 || s.Entered != 120 || s.Evicted > 0 {
		t.Errorf("of those who are there: %+v", s)
	}
	ghosts.Stop()
	for _, name := range wayIn {
		if c.Lambda.Stats()[name].Errors == before[name].Errors {
			t.Errorf("no invocation of %s failed: nothing was tried", name)
		}
	}
	admitted := checkLog(t, h)
	if len(admitted) < 120 {
		t.Errorf("%d visitors were inside, want 120", len(admitted))
	}
}

func sends(t *testing.T, h *hall, seed uint64) *crowd.Crowd {
	t.Helper()
	c, err := crowd.New(crowd.Options{FrontDoor: h.url(), Zone: h.name, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

func starts(t *testing.T, c *crowd.Crowd, p crowd.Plan) {
	t.Helper()
	if err := c.Start(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// kills strikes one function after the other, so often, at every kind of moment, for a while or until stop is called.
// What the scheduler starts once a minute it starts much sooner here, lest the test take an hour.
func kills(t *testing.T, c *local.Cloud, names []string, often, lasting time.Duration) (stop func()) {
	t.Helper()
	over, done := make(chan struct{}), make(chan struct{})
	stop = sync.OnceFunc(func() {
		close(over)
		<-done
	})
	moments := []lambda.Moment{lambda.KillNow, lambda.KillNext, lambda.KillReply}
	go func() {
		defer close(done)
		defer spares(t, c, names)
		end := time.After(lasting)
		for i := 0; ; i++ {
			name, moment := names[i%len(names)], moments[i/len(names)%len(moments)]
			if runs[name] {
				moment = lambda.KillNow // it has no end to wait for
			}
			if err := c.Lambda.Kill(name, moment); err != nil {
				t.Error(err)
			}
			select {
			case <-end:
				return
			case <-over:
				return
			case <-time.After(often):
			}
			if runs[name] || name == "sweep" {
				c.Lambda.InvokeAsync(name, scheduled)
			}
		}
	}()
	return stop
}

// runs is the functions that go on until they are ended.
var runs = map[string]bool{"exchange": true, "census": true}

// spares calls off what was ordered.
func spares(t *testing.T, c *local.Cloud, names []string) {
	for _, name := range names {
		if err := c.Lambda.Kill(name, lambda.KillNever); err != nil {
			t.Error(err)
		}
	}
}

var scheduled, _ = json.Marshal(map[string]string{"source": "aws.scheduler", "detail-type": "Scheduled Event"})

// moment is a change of the number of live grants.
type moment struct {
	at time.Time
	by int
}

// checkLog reads the zone's log as an auditor would: pages without gaps, nobody inside twice, and never more live
// grants than the capacity. It returns the visitors inside.
func checkLog(t *testing.T, h *hall) map[queue.VisitorID]bool {
	t.Helper()
	s, now := h.settings(), time.Now()
	admitted := map[queue.VisitorID]bool{}
	var all []moment
	for i, p := range h.log() {
		if p.Number != int64(i+1) {
			t.Fatalf("page %d is number %d", i+1, p.Number)
		}
		for _, g := range p.Grants {
			end := g.Until
			if g.State.Live() {
				end = now
			}
			all = append(all, moment{p.At, 1}, moment{end, -1})
			if g.State == bucket.Missed || g.State == bucket.Reserved {
				continue
			}
			if admitted[g.Key.Visitor()] {
				t.Errorf("visitor %s was inside twice", g.Key.Visitor())
			}
			admitted[g.Key.Visitor()] = true
		}
	}
	slices.SortFunc(all, func(a, b moment) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.by - b.by
	})
	live := 0
	for _, m := range all {
		if live += m.by; live > s.Capacity {
			t.Fatalf("%d live grants at %v, capacity %d", live, m.at, s.Capacity)
		}
	}
	return admitted
}

// TestHandOverLeavesNoGap starts run after run of the exchanger while many wait: pages go on being appended.
func TestHandOverLeavesNoGap(t *testing.T) {
	const gap = 2 * time.Second
	c := up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.Rate = 1000, 300 }) // 5 a second
	h.change(func(s *zone.Settings) { s.State = zone.Paused })
	h.seen("paused", func(s status) bool { return s.State == string(zone.Paused) })
	for range 90 { // 18 seconds of calling
		h.joins()
	}
	h.change(func(s *zone.Settings) { s.State = zone.Open })
	calls := func() int { return len(h.log()) }
	until(t, soon, "the first call", func() bool { return calls() > 0 })
	for range 2 {
		runs := c.Lambda.Stats()["exchange"].Invocations
		c.Lambda.InvokeAsync("exchange", scheduled)
		until(t, soon, "the newer run", func() bool { return c.Lambda.Stats()["exchange"].Invocations > runs })
		seen := calls()
		until(t, soon, "more calls", func() bool { return calls() > seen+3 })
	}
	pages := h.log()
	for i := 1; i < len(pages); i++ {
		if between := pages[i].At.Sub(pages[i-1].At); between > gap {
			t.Errorf("%v without a call, before page %d of %d", between, i+1, len(pages))
		}
	}
	checkLog(t, h)
}
