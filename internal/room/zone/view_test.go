package zone_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

func TestVisible(t *testing.T) {
	direct, soldOut := zone.Status{Direct: true}, zone.Status{Direct: true, SoldOut: true}
	later, grace, never, first := noon.Add(1), noon.Add(-zone.DrawGrace), time.Time{}, zone.FirstCome
	none := zone.View{State: zone.Open, SoldOut: true}
	straight, in := zone.View{State: zone.Open, Direct: true}, func(s zone.State) zone.View { return zone.View{State: s} }
	for name, c := range map[string]struct {
		state  zone.State
		policy zone.Policy
		opens  time.Time
		status zone.Status
		want   zone.View
		calls  bool
		takes  bool
	}{
		"scheduled, before":            {zone.Scheduled, first, later, direct, in(zone.Scheduled), false, true},
		"scheduled, at its time":       {zone.Scheduled, first, noon, direct, straight, true, true},
		"scheduled without a time":     {zone.Scheduled, first, never, direct, in(zone.Scheduled), false, true},
		"open":                         {zone.Open, first, never, direct, straight, true, true},
		"open, at its time":            {zone.Open, first, noon, direct, straight, true, true},
		"open, before its time":        {zone.Open, first, later, direct, in(zone.Scheduled), false, true},
		"open, without room":           {zone.Open, first, never, zone.Status{}, in(zone.Open), true, true},
		"open and sold out":            {zone.Open, first, never, soldOut, none, true, true},
		"paused":                       {zone.Paused, first, noon, direct, in(zone.Paused), false, true},
		"closed":                       {zone.Closed, first, noon, direct, in(zone.Closed), false, false},
		"a draw in its grace":          {zone.Scheduled, zone.Draw, grace.Add(1), direct, in(zone.Open), false, true},
		"a draw after its grace":       {zone.Scheduled, zone.Draw, grace, direct, straight, true, true},
		"a zone that rejects":          {zone.Open, zone.Reject, never, direct, in(zone.Open), false, false},
		"a zone that lets all through": {zone.Open, zone.Passthrough, never, direct, in(zone.Open), false, false},
		"paused with its time to come": {zone.Paused, first, later, direct, in(zone.Paused), false, true},
	} {
		s := zone.New("main")
		s.State, s.Policy, s.OpensAt = c.state, c.policy, c.opens
		if got := zone.Visible(s, c.status, noon); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if s.Exchanges(noon) != c.calls || s.Registers(noon) != c.takes {
			t.Errorf("%s: calls %v, registers %v", name, s.Exchanges(noon), s.Registers(noon))
		}
	}
}

// In an emergency everybody goes on, whatever the zone is otherwise; the line stands still and takes newcomers.
func TestLetThroughDropsTheQueueAndKeepsThePlaces(t *testing.T) {
	for name, c := range map[string]struct {
		state  zone.State
		policy zone.Policy
		takes  bool
	}{
		"open":   {zone.Open, zone.FirstCome, true},
		"paused": {zone.Paused, zone.FirstCome, true},
		"closed": {zone.Closed, zone.FirstCome, false},
		"a draw": {zone.Open, zone.Draw, true},
		"reject": {zone.Open, zone.Reject, false},
	} {
		s := zone.New("main")
		s.State, s.Policy, s.OpensAt, s.LetThrough = c.state, c.policy, noon.Add(-time.Hour), true
		if s.Gate() != zone.Passthrough || s.Exchanges(noon) || s.Registers(noon) != c.takes ||
			zone.Visible(s, zone.Status{Direct: true}, noon).Direct {
			t.Errorf("%s: gate %s, calls %v, registers %v", name, s.Gate(), s.Exchanges(noon), s.Registers(noon))
		}
		back := s
		back.LetThrough, back.Version = false, s.Version+1
		if err := s.CheckChange(back, noon); err != nil || back.Gate() != c.policy {
			t.Errorf("%s: put back, gate %s, %v", name, back.Gate(), err)
		}
	}
}

// Where nobody is called, nobody has to look every second.
func TestRuns(t *testing.T) {
	soon, later := noon.Add(zone.OpensSoon), noon.Add(zone.OpensSoon+1)
	for name, c := range map[string]struct {
		state  zone.State
		policy zone.Policy
		opens  time.Time
		want   bool
	}{
		"open":              {zone.Open, zone.FirstCome, time.Time{}, true},
		"paused":            {zone.Paused, zone.Draw, noon, true},
		"opens soon":        {zone.Scheduled, zone.FirstCome, soon, true},
		"opens later":       {zone.Scheduled, zone.FirstCome, later, false},
		"closed":            {zone.Closed, zone.FirstCome, noon, false},
		"rejects all":       {zone.Open, zone.Reject, time.Time{}, false},
		"lets all through":  {zone.Open, zone.Passthrough, time.Time{}, false},
		"scheduled for aye": {zone.Scheduled, zone.FirstCome, time.Time{}, false},
	} {
		s := zone.New("main")
		s.State, s.Policy, s.OpensAt = c.state, c.policy, c.opens
		if s.Runs(noon) != c.want {
			t.Errorf("%s: runs is %v", name, !c.want)
		}
	}
}

// wakes is a store that knows whether the zone is idle, and counts.
type wakes struct {
	idle        bool
	asked, woke int
	err         error
	failures    int // so many wake-ups fail; below 0: all
}

func (w *wakes) Idle(context.Context, string) (bool, error) { w.asked++; return w.idle, nil }

func (w *wakes) Wake(context.Context, string) error {
	w.woke++
	if w.failures == 0 {
		return nil
	}
	w.failures--
	return w.err
}

func (w *wakes) Woken(context.Context) (map[string]int64, error) { return nil, nil }

func TestOnlyAnIdleZoneIsWokenAndOnceASecond(t *testing.T) {
	store, now := &wakes{}, noon
	w := &zone.Waker{Wakes: store, Now: func() time.Time { return now }}
	registers := func(asked, woke int) {
		t.Helper()
		w.Registered(t.Context(), "main")
		if store.asked != asked || store.woke != woke {
			t.Errorf("at %v: asked %d times and woken %d times, want %d and %d", now.Sub(noon), store.asked, store.woke,
				asked, woke)
		}
	}
	registers(1, 0)
	store.idle = true
	registers(1, 0) // as remembered
	now = now.Add(zone.IdleFor)
	registers(2, 1)
	registers(2, 1)
	now = now.Add(time.Second)
	registers(3, 2)

	store.err, store.failures = errors.New("throttled"), -1
	now = now.Add(time.Second)
	registers(4, 4) // what failed is tried a second time, and again at the next registration
	registers(4, 6)
	store.failures = 1
	registers(4, 8) // the second try was good
	registers(4, 8)
}

func TestADrawIsRevealedWhenNobodyCanJoinAnyMore(t *testing.T) {
	s := zone.New("main")
	s.Policy, s.OpensAt = zone.Draw, noon
	for at, want := range map[time.Duration]bool{0: false, zone.DrawGrace - 1: false, zone.DrawGrace: true} {
		if s.Revealed(noon.Add(at)) != want {
			t.Errorf("%v after the opening: revealed is %v", at, !want)
		}
	}
	s.Policy = zone.FirstCome
	if s.Revealed(noon.Add(time.Hour)) {
		t.Error("first come first served has a seed")
	}
}

func TestSameViewAndFlips(t *testing.T) {
	a := zone.Status{Zone: "main", Version: 1, At: noon, State: zone.Open, Waiting: 5}
	b := a
	b.Version, b.At, b.Floor, b.Census = 2, noon.Add(1), 9, zone.Census{Total: 5}
	if !a.SameView(b) || a.Flips(b) {
		t.Error("what visitors don't see counts as a change")
	}
	b.Waiting++
	if a.SameView(b) || a.Flips(b) {
		t.Error("a number is a change, and no flip")
	}
	for name, change := range map[string]func(*zone.Status){
		"selling out": func(s *zone.Status) { s.SoldOut = true }, "a pause": func(s *zone.Status) { s.State = zone.Paused },
		"a free way": func(s *zone.Status) { s.Direct = true }, "a draw's seed": func(s *zone.Status) { s.Seed = "5eed" },
		"its commitment":   func(s *zone.Status) { s.Commit = "c0" },
		"calling too many": func(s *zone.Status) { s.Overcalled = true },
	} {
		c := b
		if change(&c); !b.Flips(c) {
			t.Errorf("%s is no flip", name)
		}
	}
}

// counting is a store that counts its reads.
type counting struct {
	reads int
	err   error
}

func (c *counting) Settings(_ context.Context, name string) (zone.Settings, error) {
	c.reads++
	return zone.New(name), c.err
}

func TestTheCacheRemembersForSeconds(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		zone string
		wait time.Duration
		want int
	}{
		{"a zone", nil, "main", zone.CacheFor - 1, 1},
		{"a zone, later", nil, "main", zone.CacheFor, 2},
		{"an unknown zone", problem.New(problem.UnknownZone, ""), "main", zone.CacheFor - 1, 1},
		{"trouble", errors.New("down"), "main", 0, 2},
		{"a name no zone can have", nil, "../main", 0, 0},
	} {
		store, now := &counting{err: c.err}, noon
		cache := &zone.Cache{Store: store, Now: func() time.Time { return now }}
		_, first := cache.Settings(t.Context(), c.zone)
		now = now.Add(c.wait)
		_, second := cache.Settings(t.Context(), c.zone)
		if store.reads != c.want || problem.CodeOf(first) != problem.CodeOf(second) {
			t.Errorf("%s: %d reads, %v, %v", c.name, store.reads, first, second)
		}
	}
}
