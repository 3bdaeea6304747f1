package admit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// calling returns the calls that work makes in the stores.
func (d *door) calling(work func()) []string {
	d.calls = nil
	work()
	return d.calls
}

// askedAt is when the visitor last asked to be let in.
func (d *door) askedAt(v token.Visitor) time.Time {
	d.t.Helper()
	p, err := d.Service.Register.Register(d.t.Context(), v, "")
	d.is(err, "")
	e, found, err := d.cloud.Queue().Get(d.t.Context(), d.settings.Queue(), p.Key)
	if d.is(err, ""); !found {
		d.t.Fatal("there is no place")
	}
	return e.AskedAt
}

// Who comes while others are first asks for nothing; who should have been called asks, and not again at once.
func TestOnlyWhomTheLineHasComeToAsks(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Capacity = 2 })
	d.in(visitor(5))
	d.in(visitor(6))
	d.register(visitor(7))
	d.register(visitor(3)) // whose key is below those called
	d.tick()
	enter := func(n uint64) []string {
		return d.calling(func() {
			_, err := d.Enter(t.Context(), visitor(n), bucket.Ref{})
			d.is(err, problem.NotCalled)
		})
	}
	if enter(7); !d.askedAt(visitor(7)).IsZero() {
		t.Errorf("asked at %v, before the line came", d.askedAt(visitor(7)))
	}
	for _, c := range []struct {
		after time.Duration
		asks  int
	}{{0, 1}, {0, 0}, {bucket.AskedFor / 4, 0}, {time.Millisecond, 1}} {
		d.now = d.now.Add(c.after)
		calls := enter(3)
		asks := len(slices.DeleteFunc(slices.Clone(calls), func(op string) bool { return op != "queue.Reconnect" }))
		if asks != c.asks || slices.Contains(calls, "zones.Status") {
			t.Errorf("%v later: asked %d times, by %v", c.after, asks, calls)
		}
	}
	if !d.askedAt(visitor(3)).Equal(d.now) {
		t.Errorf("asked at %v", d.askedAt(visitor(3)))
	}
	calls := d.calling(func() {
		_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
		d.is(err, problem.Missed)
	})
	if slices.Contains(calls, "queue.Reconnect") || slices.Contains(calls, "zones.Status") {
		t.Errorf("without a place: %v", calls)
	}
}

// A reference spares every other read.
func TestAReferenceIsOneRead(t *testing.T) {
	d := newDoor(t, nil)
	e := d.in(visitor(1))
	calls := d.calling(func() {
		_, err := d.Enter(t.Context(), visitor(1), e.Ref)
		d.is(err, "")
	})
	if got := strings.Join(calls, " "); got != "log.Get" {
		t.Errorf("calls %s", got)
	}
	calls = d.calling(func() {
		_, err := d.EndVisit(t.Context(), "main", visitor(1).ID, e.Ref, true)
		d.is(err, "")
	})
	if got := strings.Join(calls, " "); got != "log.Get log.Apply" {
		t.Errorf("the end of a visit: %s", got)
	}
}

// readBack is a log that keeps how many pages are asked for at once.
type readBack struct {
	bucket.Log
	limits []int
}

func (r *readBack) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) ([]bucket.Page, error) {
	r.limits = append(r.limits, limit)
	return r.Log.ReadBack(ctx, of, before, limit)
}

// noNotes is an index whose notes are late.
type noNotes struct{ bucket.Index }

func (noNotes) Noted(context.Context, bucket.Of, queue.Key) (n bucket.Note, found bool, err error) {
	return bucket.Note{}, false, nil
}

func (noNotes) LastNoted(context.Context, bucket.Of) (int64, error) { return 0, nil }

// Pages before the newest that no note is of are looked at only where there may be some, for a key that isn't noted,
// and never more than there can be while notes are in time.
func TestPagesWithoutANote(t *testing.T) {
	for name, c := range map[string]struct {
		crowd int    // called at first, by full pages
		few   uint64 // and then one by one
		late  bool   // the notes are
		who   uint64
		want  problem.Code
		looks []int // how many pages are asked for each time
	}{
		"called on the first of six small pages": {0, 6, false, 1000, "", []int{4, 2}},
		"never called, below noted keys":         {60, 6, false, 1, problem.Missed, []int{4}},
		"never called, after the pages noted":    {0, 38, false, 1073, problem.Missed, []int{4, 0}},
		"never called, among full pages":         {60, 0, false, 119, problem.Missed, []int{4}},
		"never called, where notes are late":     {0, 38, true, 1073, problem.Missed, []int{4, bucket.UnnotedPages}},
	} {
		d := newDoor(t, func(s *zone.Settings) { s.Capacity, s.Window = 100, 10*time.Minute })
		for n := range c.crowd {
			d.register(visitor(uint64(2*n + 2)))
		}
		d.tick()
		for n := range c.few {
			d.register(visitor(1000 + 2*n))
			d.now = d.now.Add(time.Second)
			d.tick()
		}
		p, log := d.process(), &readBack{Log: d.Log}
		if p.Log = log; c.late {
			p.Index = noNotes{d.Index}
		}
		if _, err := p.Enter(t.Context(), visitor(c.who), bucket.Ref{}); problem.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if !slices.Equal(log.limits, c.looks) {
			t.Errorf("%s: %v pages are asked for, want %v", name, log.limits, c.looks)
		}
	}
}

// Who was inside has no place in the queue any more: leaving removes none.
func TestLeavingFromInsideRemovesNoPlace(t *testing.T) {
	d := newDoor(t, nil)
	e := d.in(visitor(1))
	calls := d.calling(func() { d.is(d.Leave(t.Context(), visitor(1), e.Ref), "") })
	if slices.Contains(calls, "queue.Remove") {
		t.Errorf("calls %v", calls)
	}
}

// A marker can bring back only a place of a draw's two: elsewhere leaving removes one place, by one write.
func TestLeavingRemovesWhatThereCanBe(t *testing.T) {
	for order, want := range map[zone.Policy]int{zone.FirstCome: 1, zone.Draw: 3} {
		d := newDoor(t, func(s *zone.Settings) { s.Policy, s.OpensAt = order, noon.Add(time.Minute) })
		d.register(visitor(1))
		calls := d.calling(func() { d.is(d.Leave(t.Context(), visitor(1), bucket.Ref{}), "") })
		removes := slices.DeleteFunc(calls, func(op string) bool { return op != "queue.Remove" })
		if len(removes) != want {
			t.Errorf("%s: %d writes, want %d", order, len(removes), want)
		}
	}
}

// A tick calls a visitor by the place that is just being given up, and another page claims that call: it ends as well.
func TestLeavingEndsAnEntryByThePlaceGivenUp(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	removed, claimed := false, false
	d.cloud.Fault = func(op string) memroom.Fault {
		switch {
		case op == "queue.Remove" && !removed:
			removed = true
			d.tick()
		case op == "log.Apply" && removed && !claimed:
			claimed = true
			_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
			d.is(err, "")
		}
		return memroom.Fault{}
	}
	d.is(d.Leave(t.Context(), visitor(1), bucket.Ref{}), "")
	if g := d.grants(); len(g) != 1 || g[0].State != bucket.Left || !claimed {
		t.Errorf("claimed %v: %+v", claimed, g)
	}
}

// Where activity doesn't renew a session, nothing is gained by asking for a token sooner than the last one needs it.
func TestATokenIsAskedForEarlyOnlyWhereThatRenews(t *testing.T) {
	for _, c := range []struct {
		renews     bool
		left, want time.Duration
	}{
		{false, 5 * time.Minute, 90 * time.Second}, {true, 5 * time.Minute, 90 * time.Second},
		{false, 2 * time.Minute, 90 * time.Second}, {true, 2 * time.Minute, time.Minute},
		{false, time.Minute, time.Minute}, {true, time.Minute, 30 * time.Second},
	} {
		d := newDoor(t, func(s *zone.Settings) { s.Session = 10 * time.Minute; s.MaxVisit = s.Session })
		e := d.in(visitor(1))
		d.settings.Renews = c.renews
		d.now = e.Until.Add(-c.left)
		e, err := d.Renew(t.Context(), token.Access{Zone: "main", ID: visitor(1).ID, Ref: e.Ref})
		if d.is(err, ""); e.RenewAt.Sub(d.now) != c.want {
			t.Errorf("renews %v, with %v left: asked for after %v", c.renews, c.left, e.RenewAt.Sub(d.now))
		}
	}
}

// A grant that never moved says where its visitor is, and nothing of when.
func TestAGrantThatNeverMovedHasNoTimeOfAMove(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	_, err := d.EnterFrom(t.Context(), visitor(1), bucket.Ref{}, "4aaaaaa")
	d.is(err, "")
	if conn := d.grants()[0].Conn; strings.Count(conn, ".") != 1 {
		t.Errorf("it says %q", conn)
	}
}

// A visitor of a draw may have two keys. That the line has come to the one without a place says nothing of the other's:
// asking is no sign there that counts.
func TestAPlaceIsAskedForOnlyWhereTheLineHasComeToIt(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, noon.Add(time.Minute) })
	d.now = d.settings.OpensAt.Add(zone.DrawGrace)
	d.register(visitor(1)) // too late for the draw
	keys := policy.Keys(visitor(1), d.settings, "5eed")
	for n, called := range []queue.Key{keys[0], keys[1]} {
		status := zone.Status{Zone: "main", Version: int64(n + 1), Called: called}
		d.is(d.cloud.Zones().SaveStatus(t.Context(), status), "")
		_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
		d.is(err, problem.NotCalled)
		e, found, err := d.cloud.Queue().Get(t.Context(), d.settings.Queue(), keys[1])
		if d.is(err, ""); !found || e.AskedAt.IsZero() != (n == 0) {
			t.Errorf("called to key %d: asked at %v", n, e.AskedAt)
		}
	}
}
