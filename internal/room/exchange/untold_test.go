package exchange_test

import (
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/store/memory/memroom"
)

// The exchanger calls visitors and dies before the status shows it; the next one comes after their window. Who has no
// connection hears of it only then, and has the whole window from there; once.
func TestWhoCouldNotBeToldMissesNothing(t *testing.T) {
	w := newWorld(t, nil)
	told, silent := w.visitor(1, epoch), w.visitor(2, epoch.Add(time.Second))
	w.register(told, "c")
	w.register(silent, "")
	down := errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "zones.SaveStatus", down) }
	if _, err := w.x.Tick(ctx, w.zone, &exchange.Memory{}); !errors.Is(err, down) {
		t.Fatal(err)
	}
	w.cloud.Fault = nil
	w.advance(w.zone.Window + 40*time.Second)
	m := &exchange.Memory{}
	if r := w.tick(m); r.Missed != 1 || r.Reserved != 1 {
		t.Errorf("%d missed, %d may claim", r.Missed, r.Reserved)
	}
	if g := w.pages()[0].Grants; g[0].State != bucket.Missed || g[1].Until != w.now().Add(w.zone.Window) {
		t.Errorf("%+v", g)
	}
	w.advance(w.zone.Window)
	if r := w.tick(m); r.Missed != 1 {
		t.Errorf("%d missed", r.Missed)
	}
}
