package admit_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// A site's server ends a visit: the slot is free at the next tick, and the visitor can't come back by it.
func TestAnEndedVisitFreesItsSlotAtOnce(t *testing.T) {
	for _, bought := range []bool{false, true} {
		d := newDoor(t, func(s *zone.Settings) { s.Capacity = 1 })
		var gaveUp int
		d.GiveUp = func(context.Context, string, queue.VisitorID) error { gaveUp++; return nil }
		inside := d.in(visitor(1))
		d.register(visitor(2))
		if r := d.tick(); r.Called != 0 {
			t.Fatalf("called beside somebody inside: %+v", r)
		}
		v, err := d.Visit(t.Context(), "main", visitor(1).ID, inside.Ref)
		if d.is(err, ""); !v.Alive || v.State != bucket.Inside || !v.Until.Equal(inside.Until) {
			t.Errorf("before: %+v", v)
		}
		for range 2 {
			v, err = d.EndVisit(t.Context(), "main", visitor(1).ID, inside.Ref, bought)
			if d.is(err, ""); v.Alive || v.State != bucket.Left {
				t.Errorf("ended: %+v", v)
			}
		}
		if want := map[bool]int{false: 1, true: 0}[bought]; gaveUp != want {
			t.Errorf("bought %v: seats were given up %d times, want %d", bought, gaveUp, want)
		}
		if r := d.tick(); r.Called != 1 {
			t.Errorf("the slot isn't free: %+v", r)
		}
		_, err = d.Enter(t.Context(), visitor(1), inside.Ref)
		d.is(err, problem.Ended)
	}
}

func TestAVisitIsTheVisitorsOwn(t *testing.T) {
	d := newDoor(t, nil)
	inside := d.in(visitor(1))
	for _, ref := range []bucket.Ref{inside.Ref, {Page: 9}, {Page: 1, Slot: 11}} {
		_, err := d.Visit(t.Context(), "main", visitor(2).ID, ref)
		d.is(err, problem.NotFound)
		_, err = d.EndVisit(t.Context(), "main", visitor(2).ID, ref, false)
		d.is(err, problem.NotFound)
	}
	v, err := d.Visit(t.Context(), "main", visitor(1).ID, inside.Ref)
	if d.is(err, ""); !v.Alive {
		t.Errorf("another's word ended it: %+v", v)
	}
}

// A visit whose time is over isn't alive, even before a tick has noticed.
func TestAVisitEndsWithItsTime(t *testing.T) {
	d := newDoor(t, nil)
	inside := d.in(visitor(1))
	d.now = inside.Until.Add(-time.Millisecond)
	if v, err := d.Visit(t.Context(), "main", visitor(1).ID, inside.Ref); err != nil || !v.Alive {
		t.Errorf("a moment before: %+v, %v", v, err)
	}
	d.now = inside.Until
	if v, err := d.Visit(t.Context(), "main", visitor(1).ID, inside.Ref); err != nil || v.Alive {
		t.Errorf("at its end: %+v, %v", v, err)
	}
}

// Leaving ends first what else the visitor has; while that fails, the visit goes on.
func TestLeavingGivesUpWhatElseThereIs(t *testing.T) {
	d := newDoor(t, nil)
	inside := d.in(visitor(1))
	for _, want := range []error{problem.New(problem.Busy, ""), nil} {
		gaveUp := 0
		d.GiveUp = func(context.Context, string, queue.VisitorID) error { gaveUp++; return want }
		err := d.Leave(t.Context(), visitor(1), inside.Ref)
		if d.is(err, problem.CodeOf(want)); gaveUp != 1 || (d.grants()[0].State == bucket.Left) != (want == nil) {
			t.Errorf("given up %d times, the grant is %q", gaveUp, d.grants()[0].State)
		}
	}
}

// Who missed the call and comes while there is room is called anew.
func TestDirectCallsWhoMissedAnew(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	d.now = d.now.Add(d.settings.Window)
	d.tick()
	_, err := d.Direct(t.Context(), visitor(1))
	d.is(err, "")
}
