package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/exchange"
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
