package exchange_test

import (
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/token"
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

// Nobody is given more time who was called a moment ago, or has most of the window left: the status may show it soon.
func TestWhoMayBeToldSoonIsGivenNoMoreTime(t *testing.T) {
	for name, c := range map[string]struct {
		missed int
		after  time.Duration
	}{"called a moment ago, for half a window": {1, time.Second}, "most of the window is left": {0, 10 * time.Second}} {
		w := newWorld(t, nil)
		if c.missed > 0 {
			w.missedBefore(t, []token.Visitor{w.visitor(1, epoch)}, c.missed)
		}
		w.callsAndDies(t)
		before := w.pages()[c.missed].Grants[0]
		w.advance(c.after)
		w.tick(&exchange.Memory{})
		if g := w.pages()[c.missed].Grants[0]; g != before || g.State != bucket.Reserved {
			t.Errorf("%s: %+v became %+v", name, before, g)
		}
	}
}

// Of two exchangers that give a visitor more time, the one whose write comes late takes nothing back.
func TestTimeThatAnotherGaveIsNotTakenBack(t *testing.T) {
	w := newWorld(t, nil)
	w.callsAndDies(t)
	w.advance(w.zone.Window - 10*time.Second)
	w.x.Log = &meanwhile{w.x.Log, func() {
		w.advance(5 * time.Second)
		_, err := w.exchange().Tick(ctx, w.zone, &exchange.Memory{})
		is(t, err, "")
	}}
	w.tick(&exchange.Memory{})
	if g := w.pages()[0].Grants[0]; !g.Until.Equal(w.now().Add(w.zone.Window)) {
		t.Errorf("%+v, at %v", g, w.now())
	}
}
