package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
)

// A token is signed anew for as long as its page asks for the status. Who left and comes back with it, days or months
// later, gets no place before those who came later; an exchanger needs to read nothing that old.
func TestAVisitorWhoLeftIsNeverFirstAgain(t *testing.T) {
	for _, later := range []time.Duration{time.Hour, 9 * 24 * time.Hour, 300 * 24 * time.Hour} {
		w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 1, 600 })
		w.reg.Ended = w.admit.Ended
		m := &exchange.Memory{}
		v := w.visitor(1, epoch)
		for n := range 60 { // the first is far from the log's end
			v := w.visitor(n+1, epoch.Add(time.Duration(n)*time.Second))
			w.register(v, "")
			w.tick(m)
			in, err := w.admit.Enter(ctx, v, bucket.Ref{})
			is(t, err, "")
			is(t, w.admit.Leave(ctx, v, in.Ref), "")
			w.advance(10 * time.Second)
		}
		w.advance(later)
		waits := w.visitor(90, w.now().Add(-time.Minute))
		w.register(waits, "")
		_, err := w.reg.Register(ctx, v, "")
		is(t, err, problem.Ended)
		r := w.tick(&exchange.Memory{})
		pages := w.pages()
		last := pages[len(pages)-1]
		if r.Called != 1 || last.Grants[0].Key.Visitor() != waits.ID {
			t.Errorf("after %v: %+v was called", later, last)
		}
		if later > 8*24*time.Hour && r.PagesRead >= len(pages)-1 {
			t.Errorf("after %v: %d pages were read", later, r.PagesRead)
		}
	}
}
