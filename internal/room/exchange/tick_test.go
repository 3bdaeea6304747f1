package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

var ctx = context.Background()

func TestFirstComeIsCalledFirst(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 3, 6000 })
	for n := range 10 {
		w.register(w.visitor(n, epoch.Add(-time.Duration(n)*time.Second)), "there")
	}
	m := &exchange.Memory{}
	if r := w.tick(m); r.Called != 3 || r.Waiting != 7 {
		t.Fatalf("called %d, waiting %d", r.Called, r.Waiting)
	}
	got := w.pages()[0]
	for slot, n := range []int{9, 8, 7} {
		if got.Grants[slot].Key.Visitor() != w.visitor(n, epoch).ID {
			t.Errorf("slot %d isn't visitor %d's", slot, n)
		}
	}
	if w.tick(m).Called != 0 {
		t.Error("called beyond the capacity")
	}
}

func TestAVisitorsWayInAndOut(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity = 1 })
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	_, err := w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, problem.Missed) // not registered
	w.register(v, "there")
	_, err = w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, problem.NotCalled)
	w.tick(m)
	in, err := w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, "")
	again, err := w.admit.Enter(ctx, v, in.Ref)
	is(t, err, "")
	if again != in {
		t.Errorf("entering again gave %v, not %v", again, in)
	}
	is(t, w.admit.Leave(ctx, v, in.Ref), "")
	is(t, w.admit.Leave(ctx, v, bucket.Ref{}), "")
	_, err = w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, problem.Ended)
	w.register(v, "there")
	w.advance(time.Minute)
	if r := w.tick(m); r.Called != 0 || r.Swept != 1 {
		t.Errorf("one who left came back: %+v", r)
	}
}

func is(t testing.TB, err error, want problem.Code) {
	t.Helper()
	if got := problem.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func TestWhoMissesAndReturnsIsFirstInLine(t *testing.T) {
	for _, policy := range []zone.Policy{zone.FirstCome, zone.Draw} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.Policy, s.OpensAt = 1, 600, policy, epoch })
			w.advance(-time.Minute)
			for n := range 5 {
				w.register(w.visitor(n, w.now()), "there")
			}
			w.advance(time.Minute + zone.DrawGrace)
			m := &exchange.Memory{}
			w.tick(m)
			called := w.pages()[0].Grants[0].Key
			w.advance(w.zone.Window)
			if r := w.tick(m); r.Missed != 1 || r.Called != 1 || w.pages()[1].Grants[0].Key == called {
				t.Fatalf("the slot wasn't passed on: %+v", r)
			}
			for n := range 5 {
				if v := w.visitor(n, epoch.Add(-time.Minute)); v.ID == called.Visitor() {
					_, err := w.admit.Enter(ctx, v, bucket.Ref{})
					is(t, err, problem.Missed)
					if p := w.register(v, "back"); p.Key != called {
						t.Fatalf("registering anew gave %v, not %v", p.Key, called)
					}
				}
			}
			w.advance(w.zone.Window)
			if w.tick(m); w.pages()[2].Grants[0].Key != called {
				t.Error("who returned wasn't first in line")
			}
		})
	}
}

func TestReconnectingWhileReservedMovesTheGrant(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity = 1 })
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	w.register(v, "old")
	w.tick(m)
	w.advance(time.Second)
	w.register(v, "new")
	down := errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "log.Apply", down) }
	if _, err := w.x.Tick(ctx, w.zone, m); !errors.Is(err, down) {
		t.Errorf("a move that failed: %v", err)
	}
	w.cloud.Fault = nil
	if w.tick(m); w.pages()[0].Grants[0].Conn != "new" {
		t.Error("the grant kept the old connection")
	}
	if r := w.tick(m); r.Reconnect != 0 {
		t.Error("moved again without need")
	}
}

// By an invite a visitor may have a second place: one of both is called.
func TestAVisitorWithTwoPlacesIsCalledOnce(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity = 5 })
	v := w.visitor(1, epoch)
	w.register(v, "there")
	v.Priority = 1
	w.register(v, "there")
	if r := w.tick(&exchange.Memory{}); r.Called != 1 {
		t.Errorf("called %d times", r.Called)
	}
}

// Of a zone without a queue neither line nor log are read.
func TestAZoneWithoutAQueueIsNotRead(t *testing.T) {
	for _, policy := range []zone.Policy{zone.Reject, zone.Passthrough} {
		w := newWorld(t, func(s *zone.Settings) { s.Policy = policy })
		var read []string
		w.cloud.Fault = func(op string) memroom.Fault {
			if !strings.HasPrefix(op, "zones.") {
				read = append(read, op)
			}
			return memroom.Fault{}
		}
		if w.tick(&exchange.Memory{}); len(read) > 0 {
			t.Errorf("%s: %v", policy, read)
		}
	}
}

func TestGoneConnectionsAreSetAsideAndKeepTheirPlace(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity = 2 })
	w.x.Liveness = w
	m := &exchange.Memory{}
	for n := range 30 {
		conn := fmt.Sprint("c", n)
		w.connect(conn, n >= 28)
		w.register(w.visitor(n, epoch.Add(time.Duration(n)*time.Second)), conn)
	}
	w.advance(time.Minute)
	if r := w.tick(m); r.Called != 2 || r.Gone != 28 {
		t.Fatalf("called %d, gone %d", r.Called, r.Gone)
	}
	v := w.visitor(3, epoch.Add(3*time.Second))
	_, err := w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, problem.Missed)
	w.connect("back", true)
	w.register(v, "back")
	w.register(w.visitor(4, epoch.Add(4*time.Second)), "there")
	w.set(func(s *zone.Settings) { s.Capacity = 3 })
	w.advance(2 * time.Second)
	if w.tick(m); w.pages()[1].Grants[0].Key.Visitor() != v.ID {
		t.Error("who returned wasn't first in line")
	}
}

// A look whether a connection exists costs: it is made of nobody who has just asked to be let in.
func TestWhoHasJustAskedIsNotLookedUp(t *testing.T) {
	for _, asks := range []bool{false, true} {
		w := newWorld(t, nil)
		w.x.Liveness = w
		w.connect("c", true)
		v := w.visitor(1, epoch)
		w.register(v, "c")
		w.advance(time.Minute)
		if asks {
			_, err := w.reg.Ask(ctx, v)
			is(t, err, "")
		}
		if r := w.tick(&exchange.Memory{}); r.Called != 1 || (r.Checked == 0) != asks {
			t.Errorf("asks %v: %d looked up, %d called", asks, r.Checked, r.Called)
		}
	}
}

func TestNoRoomNoCall(t *testing.T) {
	for name, change := range map[string]func(*zone.Settings){
		"paused":      func(s *zone.Settings) { s.State = zone.Paused },
		"closed":      func(s *zone.Settings) { s.State = zone.Closed },
		"scheduled":   func(s *zone.Settings) { s.State, s.OpensAt = zone.Scheduled, epoch.Add(time.Second) },
		"no capacity": func(s *zone.Settings) { s.Capacity = 0 },
		"reject":      func(s *zone.Settings) { s.Policy = zone.Reject },
		"let through": func(s *zone.Settings) { s.LetThrough = true },
	} {
		w := newWorld(t, nil)
		w.register(w.visitor(1, epoch), "there")
		w.set(change)
		if r := w.tick(&exchange.Memory{}); r.Called != 0 {
			t.Errorf("%s: called %d", name, r.Called)
		}
	}
}

func TestAdmissionNeverRunsAheadOfTheSeats(t *testing.T) {
	for _, c := range []struct {
		left   int
		factor float64
		want   int
	}{{-1, 2, 20}, {0, 2, 0}, {0, 0, 0}, {3, 0, 20}, {3, 2, 6}, {3, 1.5, 5}, {1, 0.1, 1}} {
		w := newWorld(t, func(s *zone.Settings) { s.SeatFactor, s.Rate = c.factor, 24_000 })
		w.x.Seats = seatsLeft(c.left)
		for n := range 20 {
			w.register(w.visitor(n, epoch), "there")
		}
		if r := w.tick(&exchange.Memory{}); r.Called != c.want {
			t.Errorf("%d seats left × %v: called %d, want %d", c.left, c.factor, r.Called, c.want)
		}
		if st := w.status(); st.SoldOut != (c.left == 0) || st.SeatsLeft != c.left {
			t.Errorf("%d seats left: status %+v", c.left, st)
		}
	}
}

type seatsLeft int

func (s seatsLeft) SeatsLeft(context.Context, string) (int, error) { return int(s), nil }

func TestTheStatusOfADraw(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) {
		s.State, s.Policy, s.OpensAt = zone.Scheduled, zone.Draw, epoch.Add(time.Minute)
	})
	m := &exchange.Memory{}
	for _, c := range []struct {
		at    time.Duration
		state zone.State
		seed  string
	}{
		{0, zone.Scheduled, ""},
		{time.Minute - time.Millisecond, zone.Scheduled, ""},
		{time.Minute, zone.Open, ""},
		{time.Minute + zone.DrawGrace - time.Millisecond, zone.Open, ""},
		{time.Minute + zone.DrawGrace, zone.Open, seed},
	} {
		w.advance(epoch.Add(c.at).Sub(w.now()))
		w.tick(m)
		if st := w.status(); st.State != c.state || st.Seed != c.seed || len(st.Commit) != 64 {
			t.Errorf("at %v: %s, seed %q, commitment %q", c.at, st.State, st.Seed, st.Commit)
		}
	}
}

func TestAnEmptiedLogIsNoticed(t *testing.T) {
	w, m := newWorld(t, nil), &exchange.Memory{}
	for n := range 3 {
		w.register(w.visitor(n, epoch.Add(time.Duration(n))), "there")
		w.advance(10 * time.Second)
		w.tick(m)
	}
	emptied := memroom.New()
	w.x.Log = emptied.Log()
	w.register(w.visitor(4, epoch), "there")
	w.advance(10 * time.Second)
	w.tick(m)
	p, found, err := emptied.Log().Get(ctx, w.zone.Grants(), 1)
	if err != nil || !found || len(p.Grants) == 0 {
		t.Errorf("the new log doesn't begin at page 1: %+v, %v", p, err)
	}
}

// A zone was reset while a process slept, and as many pages were written again: what it remembers is of another log.
func TestALogThatWasClearedUnseenIsReadAnew(t *testing.T) {
	for name, first := range map[string]int{"of others": 11, "of the same visitors": 1} {
		w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.Window = 3, 6000, time.Minute })
		sleeper := &exchange.Memory{}
		days := func(cloud *memroom.Cloud, m *exchange.Memory, first int) {
			w.cloud, w.x.Log, w.x.Queue, w.x.Index = cloud, cloud.Log(), cloud.Queue(), cloud.Index()
			w.reg.Queue = cloud.Queue()
			for n := range 3 {
				w.register(w.visitor(first+n, epoch), "there")
				w.tick(m)
				w.advance(time.Second)
			}
		}
		days(memroom.New(), sleeper, 1)
		w.advance(10 * time.Minute)
		w.tick(sleeper)
		w.advance(time.Minute)
		days(memroom.New(), &exchange.Memory{}, first)
		w.register(w.visitor(21, epoch), "there")
		if r := w.tick(sleeper); r.Called > 0 || r.Reserved != 3 {
			t.Errorf("%s: %d called, %d reserved of a capacity of 3", name, r.Called, r.Reserved)
		}
	}
}

// Of two exchangers that let the same visitor in at the same moment, the late one doesn't take the other's page for its
// own, and the visitor for a leaver, since the other has removed the place.
func TestTwoExchangersLetOneVisitorIn(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.reg.Ask(ctx, w.visitor(1, epoch))
	is(t, err, "")
	w.x.Log = &around{Log: w.x.Log, before: func() {
		_, err := w.exchange().Tick(ctx, w.zone, &exchange.Memory{By: "other"})
		is(t, err, "")
	}}
	m := &exchange.Memory{By: "late"}
	w.tick(m)
	w.advance(time.Second)
	if r := w.tick(m); r.Inside != 1 {
		t.Errorf("%d inside", r.Inside)
	}
}
