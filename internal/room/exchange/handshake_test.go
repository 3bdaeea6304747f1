package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
)

// A place is written before its connection's handshake is over, and until then the platform knows no such connection.
func TestAHandshakeUnderWayIsNoGhost(t *testing.T) {
	w := newWorld(t, nil)
	w.x.Liveness = w
	w.connect("opening", false)
	w.register(w.visitor(1, epoch), "opening")
	w.advance(100 * time.Millisecond)
	if r := w.tick(&exchange.Memory{}); r.Called != 1 || r.Gone != 0 {
		t.Errorf("called %d, gone %d: somebody was skipped while connecting", r.Called, r.Gone)
	}
}

// Whose connection existed when it was looked up is taken to be there for five seconds.
func TestWhoWasThereIsNotLookedUpAtOnceAgain(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 0, 6000 })
	w.x.Liveness = w
	for n, conn := range []string{"a", "b", "c"} {
		w.connect(conn, true)
		w.register(w.visitor(n, epoch), conn)
	}
	m := &exchange.Memory{}
	for _, c := range []struct {
		after  time.Duration
		checks int
	}{{time.Minute, 3}, {5*time.Second - time.Millisecond, 0}, {time.Millisecond, 1}} {
		w.advance(c.after)
		w.set(func(s *zone.Settings) { s.Capacity++ })
		if r := w.tick(m); r.Called != 1 || r.Checked != c.checks {
			t.Errorf("%v later: %d called, %d looked up, want %d", c.after, r.Called, r.Checked, c.checks)
		}
	}
}
