package register_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

var opening = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// desk is a service over memory with a clock, and counts its calls.
type desk struct {
	*register.Service
	cloud    *memroom.Cloud
	settings zone.Settings
	now      time.Time
	calls    []string
}

func newDesk(p zone.Policy) *desk {
	d := &desk{cloud: memroom.New(), settings: zone.New("main"), now: opening.Add(-time.Minute)}
	d.settings.Policy, d.settings.OpensAt = p, opening
	d.cloud.Fault = func(op string) memroom.Fault {
		d.calls = append(d.calls, op)
		return memroom.Fault{}
	}
	d.Service = &register.Service{
		Settings: d, Queue: d.cloud.Queue(), Now: func() time.Time { return d.now },
		Seed: func(context.Context, string) (string, error) { return "5eed", nil },
	}
	return d
}

func (d *desk) Settings(context.Context, string) (zone.Settings, error) { return d.settings, nil }

func arrived(before time.Duration) token.Visitor {
	return token.Visitor{
		Zone:     "main",
		ID:       queue.VisitorID{7},
		Arrived:  opening.Add(-before),
		Priority: queue.DefaultPriority,
	}
}

func TestOneWriteOnTheCommonPath(t *testing.T) {
	for _, p := range []zone.Policy{zone.FirstCome, zone.Draw} {
		d := newDesk(p)
		if _, err := d.Register(t.Context(), arrived(time.Second), "c"); err != nil {
			t.Fatal(err)
		}
		if len(d.calls) != 1 || d.calls[0] != "queue.Register" {
			t.Errorf("%s: calls %v", p, d.calls)
		}
	}
}

func TestRegisteringAgainChangesTheConnectionOnly(t *testing.T) {
	d := newDesk(zone.FirstCome)
	first, err := d.Register(t.Context(), arrived(time.Second), "old")
	if err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	for _, conn := range []string{"new", ""} {
		again, err := d.Register(t.Context(), arrived(time.Second), conn)
		if err != nil || again != first {
			t.Errorf("on %q: %+v, %v; first %+v", conn, again, err, first)
		}
	}
	e, _, _ := d.cloud.Queue().Get(t.Context(), d.settings.Queue(), first.Key)
	if e.Conn != "new" {
		t.Errorf("the connection is %q", e.Conn)
	}
}

func TestWhoMayTakeAPlace(t *testing.T) {
	for _, c := range []struct {
		policy zone.Policy
		state  zone.State
		want   problem.Code
	}{
		{zone.FirstCome, zone.Scheduled, ""},
		{zone.FirstCome, zone.Open, ""},
		{zone.FirstCome, zone.Paused, ""},
		{zone.FirstCome, zone.Closed, problem.NotOpen},
		{zone.Draw, zone.Scheduled, ""},
		{zone.Reject, zone.Open, problem.NotOpen},
		{zone.Passthrough, zone.Open, problem.NotOpen},
	} {
		d := newDesk(c.policy)
		d.settings.State = c.state
		_, err := d.Register(t.Context(), arrived(time.Second), "")
		if problem.CodeOf(err) != c.want {
			t.Errorf("%s, %s: %v", c.policy, c.state, err)
		}
		if c.want != "" && len(d.calls) != 0 {
			t.Errorf("%s, %s: refused, and yet %v", c.policy, c.state, d.calls)
		}
	}
}

func TestLanesOfADraw(t *testing.T) {
	grace := opening.Add(zone.DrawGrace)
	drawn := func(d *desk) queue.Key { return policy.Keys(arrived(time.Minute), d.settings, "5eed")[0] }
	for _, c := range []struct {
		name   string
		before func(*desk)
		at     time.Time
		lane   int
	}{
		{"in time", nil, grace.Add(-1), policy.LaneFirst},
		{"a hoarded token takes no part", nil, grace, policy.LaneAfter},
		{"coming back after the grace", func(d *desk) {
			_, _ = d.Register(t.Context(), arrived(time.Minute), "old")
		}, grace.Add(time.Hour), policy.LaneFirst},
		{"coming back after a miss", func(d *desk) {
			_, _ = d.Register(t.Context(), arrived(time.Minute), "old")
			_, _ = policy.SetAside(t.Context(), d.cloud.Queue(), d.settings, drawn(d), "old", d.now)
		}, grace.Add(time.Hour), policy.LaneFirst},
		{"coming back after having been inside", func(d *desk) {
			_, _ = d.Register(t.Context(), arrived(time.Minute), "old")
			_ = d.cloud.Queue().Remove(t.Context(), d.settings.Queue(), drawn(d))
		}, grace.Add(time.Hour), policy.LaneAfter},
	} {
		d := newDesk(zone.Draw)
		if c.before != nil {
			c.before(d)
		}
		d.now = c.at
		p, err := d.Register(t.Context(), arrived(time.Minute), "new")
		if err != nil || p.Lane != c.lane || p.RegisteredAt.IsZero() {
			t.Errorf("%s: lane %d, %v", c.name, p.Lane, err)
		}
		if e, found, _ := d.cloud.Queue().Get(t.Context(), d.settings.Queue(), p.Key); !found || e.Conn != "new" {
			t.Errorf("%s: no place, or connection %q", c.name, e.Conn)
		}
	}
}

func TestTroubleIsPassedOn(t *testing.T) {
	down := errors.New("down")
	for _, op := range []string{"queue.Reconnect", "queue.Get", "queue.Register"} {
		d := newDesk(zone.Draw)
		d.now = opening.Add(time.Hour)
		d.cloud.Fault = func(call string) memroom.Fault {
			if call == op {
				return memroom.Fault{Before: down}
			}
			return memroom.Fault{}
		}
		if _, err := d.Register(t.Context(), arrived(time.Minute), ""); !errors.Is(err, down) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestWhoseVisitHasEndedTakesNoPlace(t *testing.T) {
	for _, c := range []struct {
		is   error
		want problem.Code
	}{
		{nil, ""},
		{problem.New(problem.Ended, ""), problem.Ended},
		{errors.New("down"), ""}, // the place matters more than the answer
	} {
		d := newDesk(zone.FirstCome)
		d.Ended = func(context.Context, zone.Settings, token.Visitor) error { return c.is }
		_, err := d.Register(t.Context(), arrived(time.Second), "c")
		if problem.CodeOf(err) != c.want {
			t.Errorf("%v: %v", c.is, err)
		}
		if placed := len(d.calls) > 0; placed != (c.want == "") {
			t.Errorf("%v: calls %v", c.is, d.calls)
		}
	}
}
