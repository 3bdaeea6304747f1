package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// Two exchangers, of which one saves the status after the other has called more people.
func TestAnExchangerThatIsBehindTakesNoCallsBack(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Rate = 6000 })
	slow, quick := &exchange.Memory{}, &exchange.Memory{}
	w.register(w.visitor(1, epoch), "there")
	w.tick(slow)
	w.advance(10 * time.Second)
	w.register(w.visitor(2, epoch.Add(time.Second)), "there")
	saved := false
	w.cloud.Fault = func(op string) memroom.Fault {
		if op == "zones.SaveStatus" && !saved {
			saved = true
			w.register(w.visitor(3, epoch.Add(2*time.Second)), "there")
			w.tick(quick)
		}
		return memroom.Fault{}
	}
	w.tick(slow)
	st, err := w.cloud.Zones().Status(ctx, "main")
	pages := w.pages()
	if err != nil || st.Called != pages[len(pages)-1].Called {
		t.Errorf("the status says called %v, the log %v, %v", st.Called, pages[len(pages)-1].Called, err)
	}
}

// An exchanger that has slept can't read the log, only write the status.
func TestAnExchangerThatCannotReadTheLogSavesNothing(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Rate = 6000 })
	slept, awake := &exchange.Memory{}, &exchange.Memory{}
	w.register(w.visitor(1, epoch), "there")
	w.tick(slept)
	w.advance(30 * time.Second)
	w.register(w.visitor(2, epoch.Add(time.Second)), "there")
	w.tick(awake)
	before, _ := w.cloud.Zones().Status(ctx, "main")
	w.advance(30 * time.Second)
	down := errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "log.Read", down) }
	if _, err := w.x.Tick(ctx, w.zone, slept); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	w.cloud.Fault = nil
	if st, err := w.cloud.Zones().Status(ctx, "main"); err != nil || st != before {
		t.Errorf("the status went from %+v to %+v, %v", before, st, err)
	}
}

// A runner is used again after it has slept through a pause, and can't read the settings at first.
func TestARunDoesNotBeginWithOldSettings(t *testing.T) {
	w := newWorld(t, nil)
	w.register(w.visitor(1, epoch), "there")
	list := error(nil)
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "zones.List" && list != nil, list) }
	ticks := 0
	r := &exchange.Runner{
		Exchange: w.x, For: 3 * time.Second, Sleep: w.sleep,
		Observe: func(exchange.Result, error) { ticks++ },
	}
	is(t, r.Run(ctx, "run 1"), "")
	if ticks == 0 {
		t.Fatal("no ticks")
	}
	w.advance(time.Minute)
	ticks, list = 0, errors.New("down")
	if err := r.Run(ctx, "run 2"); !errors.Is(err, list) || ticks > 0 {
		t.Errorf("%d ticks by the settings of a minute ago, %v", ticks, err)
	}
}

func (w *world) sleep(_ context.Context, d time.Duration) error {
	w.advance(d)
	return nil
}
