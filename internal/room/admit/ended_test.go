package admit_test

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

func TestEndedIsWhoWasInsideAndIsNotAnyMore(t *testing.T) {
	d := newDoor(t, nil)
	left, expires, inside, misses, called := visitor(1), visitor(2), visitor(3), visitor(4), visitor(5)
	ended := func(want map[uint64]problem.Code) {
		t.Helper()
		for n := range uint64(8) {
			if got := problem.CodeOf(d.process().Ended(t.Context(), d.settings, visitor(n))); got != want[n] {
				t.Errorf("visitor %d: %q, want %q", n, got, want[n])
			}
		}
	}
	ended(nil) // an empty log
	d.in(expires)
	d.is(d.Leave(t.Context(), left, d.in(left).Ref), "")
	ended(map[uint64]problem.Code{1: problem.Ended})
	d.now = d.now.Add(d.settings.Session)
	ended(map[uint64]problem.Code{1: problem.Ended, 2: problem.Ended}) // no tick has ended it yet
	d.in(inside)
	ended(map[uint64]problem.Code{1: problem.Ended, 2: problem.Ended})
	d.register(misses)
	d.tick()
	d.now = d.now.Add(d.settings.Window)
	d.register(called)
	d.tick()
	ended(map[uint64]problem.Code{1: problem.Ended, 2: problem.Ended})
}

// The better key of a draw's visitor may be the one that was called.
func TestEndedKnowsEveryKeyOfAVisitor(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, noon.Add(time.Minute) })
	d.register(visitor(1))
	d.now = noon.Add(2 * time.Minute)
	d.tick()
	e, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
	d.is(err, "")
	d.is(d.Leave(t.Context(), visitor(1), e.Ref), "")
	d.is(d.Ended(t.Context(), d.settings, visitor(1)), problem.Ended)
}

func TestEndedReadsNextToNothingForThoseWhoWereNeverCalled(t *testing.T) {
	d := newDoor(t, nil)
	d.in(visitor(1))
	d.calls = nil
	for n := range uint64(100) {
		d.is(d.Ended(t.Context(), d.settings, visitor(n+2)), "")
	}
	if got := strings.Join(d.calls, " "); got != "log.ReadBack log.ReadBack" {
		t.Errorf("a hundred registrations read: %s", got)
	}
}
