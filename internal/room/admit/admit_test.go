package admit_test

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// door is the admitter over memory, with an exchanger and a clock at hand.
type door struct {
	*admit.Service
	t        *testing.T
	cloud    *memroom.Cloud
	settings zone.Settings
	now      time.Time
	exchange *exchange.Exchange
	log      *exchange.Memory

	mu    sync.Mutex
	calls []string
}

func newDoor(t *testing.T, change func(*zone.Settings)) *door {
	d := &door{t: t, cloud: memroom.New(), settings: zone.New("main"), now: noon, log: &exchange.Memory{}}
	d.settings.SeatFactor, d.settings.Rate, d.settings.Capacity = 0, 24_000, 5
	if change != nil {
		change(&d.settings)
	}
	if err := d.settings.Validate(); err != nil {
		t.Fatal(err)
	}
	d.cloud.Fault = func(op string) memroom.Fault {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.calls = append(d.calls, op)
		return memroom.Fault{}
	}
	d.Service = d.process()
	d.exchange = &exchange.Exchange{
		Queue: d.cloud.Queue(), Log: d.cloud.Log(), Index: d.cloud.Index(), Zones: d.cloud.Zones(), Seed: seedOf,
		Now: func() time.Time { return d.now },
	}
	return d
}

// sleep lets time pass, and a tick come in between.
func (d *door) sleep(_ context.Context, t time.Duration) error {
	d.now = d.now.Add(t)
	d.tick()
	return nil
}

// process is an admitter.
func (d *door) process() *admit.Service {
	clock := func() time.Time { return d.now }
	r := &register.Service{Settings: d, Queue: d.cloud.Queue(), Seed: seedOf, Now: clock}
	return &admit.Service{
		Settings: d,
		Queue:    d.cloud.Queue(),
		Log:      d.cloud.Log(),
		Index:    d.cloud.Index(),
		Zones:    d.cloud.Zones(),
		Register: r,
		Seed:     seedOf,
		Now:      clock,
		Sleep:    d.sleep,
	}
}

func seedOf(context.Context, string) (string, error) { return "5eed", nil }

func (d *door) Settings(context.Context, string) (zone.Settings, error) { return d.settings, nil }

func visitor(n uint64) token.Visitor {
	v := token.Visitor{
		Zone:     "main",
		Arrived:  noon.Add(time.Duration(n) * time.Millisecond),
		Priority: queue.DefaultPriority,
	}
	binary.BigEndian.PutUint64(v.ID[8:], n)
	return v
}

func (d *door) register(v token.Visitor) {
	d.t.Helper()
	if _, err := d.Service.Register.Register(d.t.Context(), v, "c"+v.ID.String()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *door) tick() exchange.Result {
	d.t.Helper()
	r, err := d.exchange.Tick(d.t.Context(), d.settings, d.log)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// in brings v inside.
func (d *door) in(v token.Visitor) admit.Entry {
	d.t.Helper()
	d.register(v)
	d.tick()
	e, err := d.Enter(d.t.Context(), v, bucket.Ref{})
	d.is(err, "")
	return e
}

func (d *door) is(err error, want problem.Code) {
	d.t.Helper()
	if got := problem.CodeOf(err); got != want {
		d.t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func TestALateClaimWorksUntilTheMissIsWritten(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.register(visitor(2))
	d.tick()
	d.now = d.now.Add(d.settings.Window + time.Second)
	_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
	d.is(err, "")
	d.tick()
	_, err = d.Enter(t.Context(), visitor(2), bucket.Ref{Page: 1, Slot: 1})
	d.is(err, problem.Missed)
}

func TestAClaimWhoseAnswerIsLostIsNotLost(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	lost := errors.New("lost")
	d.cloud.Fault = func(op string) memroom.Fault {
		if op == "log.Apply" {
			return memroom.Fault{Lost: lost}
		}
		return memroom.Fault{}
	}
	if _, err := d.Enter(t.Context(), visitor(1), bucket.Ref{}); !errors.Is(err, lost) {
		t.Fatal(err)
	}
	d.cloud.Fault = nil
	d.now = d.now.Add(time.Second)
	e, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
	d.is(err, "")
	if want := noon.Add(d.settings.Session); !e.Until.Equal(want) {
		t.Errorf("until %v, want %v", e.Until, want)
	}
	if r := d.tick(); r.Swept != 1 {
		t.Error("the place that the crash left wasn't swept")
	}
}

func TestAnotherVisitorsReferenceIsWorthNothing(t *testing.T) {
	d := newDoor(t, nil)
	e := d.in(visitor(1))
	_, err := d.Enter(t.Context(), visitor(2), e.Ref)
	d.is(err, problem.Missed)
	_, err = d.Renew(t.Context(), token.Access{Zone: "main", ID: visitor(2).ID, Ref: e.Ref})
	d.is(err, problem.Ended)
	for _, ref := range []bucket.Ref{{Page: 99}, {Page: 1, Slot: 11}, {Page: 1, Slot: 1}} {
		again, err := d.Enter(t.Context(), visitor(1), ref)
		d.is(err, "")
		if again.Ref != e.Ref {
			t.Errorf("a wrong reference led to %v", again.Ref)
		}
	}
}

func TestSessions(t *testing.T) {
	const session = 10 * time.Minute
	for _, c := range []struct {
		name  string
		set   func(*zone.Settings)
		after time.Duration
		until time.Duration // after the claim; 0: ended
	}{
		{"does not renew by itself", func(s *zone.Settings) {}, 9 * time.Minute, session},
		{"is over at its end", func(s *zone.Settings) {}, session, 0},
		{"renews by activity", func(s *zone.Settings) { s.Renews = true }, 9 * time.Minute, 19 * time.Minute},
		{"isn't worth a write for seconds", func(s *zone.Settings) { s.Renews = true }, 59 * time.Second, session},
		{"is worth a write for a minute", func(s *zone.Settings) { s.Renews = true }, time.Minute, session + time.Minute},
		{"has a limit", func(s *zone.Settings) { s.Renews, s.MaxVisit = true, 12*time.Minute }, 9 * time.Minute,
			12 * time.Minute},
		{"doesn't grow in a closed zone", func(s *zone.Settings) { s.Renews, s.State = true, zone.Closed }, 9 * time.Minute,
			session},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDoor(t, func(s *zone.Settings) { s.Session = session })
			e := d.in(visitor(1))
			c.set(&d.settings)
			d.now = noon.Add(c.after)
			again, err := d.Renew(t.Context(), token.Access{Zone: "main", ID: visitor(1).ID, Ref: e.Ref})
			if c.until == 0 {
				d.is(err, problem.Ended)
				return
			}
			d.is(err, "")
			if !again.Until.Equal(noon.Add(c.until)) {
				t.Errorf("until %v after the claim, want %v", again.Until.Sub(noon), c.until)
			}
			if again.RenewAt.After(again.Until) || !again.RenewAt.After(d.now) || again.RenewAt.Sub(d.now) > token.AccessLife {
				t.Errorf("renew %v from now", again.RenewAt.Sub(d.now))
			}
		})
	}
}

func TestNobodyClaimsInAClosedZone(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	d.settings.State = zone.Closed
	_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
	d.is(err, problem.NotOpen)
	_, err = d.Direct(t.Context(), visitor(2))
	d.is(err, problem.NotOpen)
}

func TestLeaving(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Capacity = 2 })
	inside := d.in(visitor(1))
	d.register(visitor(2))
	d.tick()
	d.register(visitor(3))
	for _, c := range []struct {
		n    uint64
		ref  bucket.Ref
		then problem.Code
	}{
		{1, inside.Ref, problem.Ended},
		{2, bucket.Ref{}, problem.Missed},
		{3, bucket.Ref{}, problem.Missed},
		{4, bucket.Ref{}, problem.Missed},
	} {
		for range 2 {
			d.is(d.Leave(t.Context(), visitor(c.n), c.ref), "")
			_, err := d.Enter(t.Context(), visitor(c.n), c.ref)
			d.is(err, c.then)
		}
	}
	if r := d.tick(); r.Called != 0 || r.Reserved+r.Inside != 0 {
		t.Errorf("somebody is still there: %+v", r)
	}
}

func TestLeavingADrawLeavesNoWayBackIntoIt(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, noon.Add(time.Minute) })
	d.register(visitor(1))
	d.now = noon.Add(2 * time.Minute)
	d.tick()
	d.now = d.now.Add(d.settings.Window)
	d.tick() // missed: a marker keeps the place in the draw
	d.is(d.Leave(t.Context(), visitor(1), bucket.Ref{}), "")
	p, err := d.Service.Register.Register(t.Context(), visitor(1), "")
	if d.is(err, ""); p.Lane != 1 {
		t.Errorf("back in lane %d", p.Lane)
	}
}

// However long the log is, a visitor's grant is found by a few reads, in a process that knows nothing: of one called in
// the order of keys, of one called late, and that there is none.
func TestAGrantIsFoundByAFewReads(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Capacity, s.Window = 20_000, 10*time.Minute })
	first := visitor(0)
	d.is(d.Leave(t.Context(), first, d.in(first).Ref), "")
	for n := range uint64(1500) {
		d.register(visitor(2*n + 2))
		if n%3 == 0 {
			d.now = d.now.Add(time.Second)
			d.tick()
		}
	}
	d.register(visitor(1001))
	for range 30 { // behind the end of the log
		d.now = d.now.Add(time.Second)
		d.tick()
		d.register(visitor(4000 + uint64(len(d.calls))))
	}
	for _, c := range []struct {
		name string
		n    uint64
		want problem.Code
	}{
		{"left", 0, problem.Ended}, {"called in order", 1000, ""}, {"called late", 1001, ""},
		{"never called, with a key below those called", 777, problem.Missed},
		{"never called", 1_000_000, problem.Missed},
	} {
		d.calls = nil
		_, err := d.process().Enter(t.Context(), visitor(c.n), bucket.Ref{})
		d.is(err, c.want)
		looks := strings.Count(strings.Join(d.calls, " "), "log.") + strings.Count(strings.Join(d.calls, " "), "index.")
		if looks > 6 {
			t.Errorf("%s: %d looks: %v", c.name, looks, d.calls)
		}
	}
}

func TestDirectInADraw(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, noon })
	d.now = noon.Add(time.Hour)
	early := visitor(1)
	early.Arrived = noon.Add(-time.Minute)
	d.tick()
	_, err := d.Direct(t.Context(), visitor(2))
	d.is(err, "")
	_, err = d.Direct(t.Context(), early)
	d.is(err, "")
}
