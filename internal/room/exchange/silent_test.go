package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Visitors without sockets see by the status that the line has come to them, and go in when they ask, in their order:
// the status is never far ahead of the slots, and some who never ask keep nobody out.
func TestVisitorsWithoutSocketsGoInWhenTheyAsk(t *testing.T) {
	const people, capacity = 60, 4
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = capacity, 600 })
	var all []token.Visitor
	for n := range people {
		all = append(all, w.visitor(n, epoch.Add(time.Duration(n)*time.Second)))
		w.register(all[n], "")
	}
	w.advance(time.Hour)
	m, in, left := &exchange.Memory{}, 0, map[int]bool{}
	for second := range 10 * 60 {
		w.advance(time.Second)
		w.tick(m)
		called, told := w.status().Called, 0
		for n, v := range all {
			if policy.Keys(v, w.zone, "")[0].Compare(called) > 0 {
				break
			}
			if !left[n] {
				told++
			}
			if n%5 == 0 || left[n] || (second+n)%4 > 0 { // one of five is gone; the others look every four seconds
				continue
			}
			e, err := w.admit.Enter(ctx, v, bucket.Ref{})
			if problem.CodeOf(err) == problem.NotCalled {
				continue
			}
			is(t, err, "")
			is(t, w.admit.Leave(ctx, v, e.Ref), "")
			left[n] = true
			in++
		}
		if gone := (people + 4) / 5; told > 2*capacity+gone {
			t.Fatalf("second %d: the status says to %d at once that it is their turn, for %d slots", second, told, capacity)
		}
	}
	if want := people - people/5; in != want {
		t.Errorf("%d went in, want %d", in, want)
	}
}
