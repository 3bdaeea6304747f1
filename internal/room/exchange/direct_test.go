package exchange_test

import (
	"errors"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

func TestDirectEntry(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 2, 6000 })
	w.ticking()
	for n := range 2 {
		if _, err := w.admit.Direct(ctx, w.visitor(n, epoch)); err != nil {
			t.Fatal(err)
		}
	}
	late := w.visitor(2, epoch)
	_, err := w.admit.Direct(ctx, late)
	is(t, err, problem.NotCalled)
	is(t, w.admit.Leave(ctx, w.visitor(0, epoch), bucket.Ref{}), "")
	w.advance(time.Second)
	if r := w.tick(&exchange.Memory{}); r.Called != 1 {
		t.Error("who wasn't admitted directly isn't in the queue")
	}
	_, err = w.admit.Direct(ctx, w.visitor(0, epoch))
	is(t, err, problem.Ended)
}

func TestADirectEntryNeverPassesAnyoneBy(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 10, 6000 })
	w.ticking()
	first := w.visitor(1, epoch)
	w.register(first, "there")
	if _, err := w.admit.Direct(ctx, w.visitor(2, epoch.Add(time.Second))); err != nil {
		t.Fatal(err)
	}
	if w.pages()[0].Grants[0].Key.Visitor() != first.ID {
		t.Error("the one before was passed by")
	}
}

func TestDirectIsShownWhileThereIsRoomAndNobodyWaits(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 2, 6000 })
	m := &exchange.Memory{}
	w.tick(m)
	if w.status().Direct {
		t.Error("direct entry before the queue was seen empty for a while")
	}
	for range 3 {
		w.advance(time.Second)
		w.tick(m)
	}
	if !w.status().Direct {
		t.Error("no direct entry with room and nobody waiting")
	}
	for n := range 3 {
		w.register(w.visitor(n, epoch), "there")
	}
	if w.tick(m); w.status().Direct {
		t.Error("direct entry though somebody waits")
	}
}

// Direct entry ends with the last free slot, and with a pause, though nobody waits.
func TestDirectEndsWithoutAnyoneWaiting(t *testing.T) {
	for name, change := range map[string]func(*world){
		"full": func(w *world) {
			for n := range 2 {
				_, err := w.reg.Ask(ctx, w.visitor(n, w.now()))
				is(t, err, "")
			}
		},
		"paused": func(w *world) { w.set(func(s *zone.Settings) { s.State = zone.Paused }) },
	} {
		w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 2, 6000 })
		m := &exchange.Memory{}
		for range 3 {
			w.tick(m)
			w.advance(2 * time.Second)
		}
		before := w.status().Direct
		change(w)
		w.tick(m)
		if st := w.status(); !before || st.Direct || st.Waiting > 0 {
			t.Errorf("%s: direct %v, then %+v", name, before, st)
		}
	}
}

// As long as the queue can't be read, nobody knows that it is empty.
func TestNoDirectEntryWhileTheQueueIsUnknown(t *testing.T) {
	w, m, down := newWorld(t, nil), &exchange.Memory{}, errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "queue.Head", down) }
	for range 3 {
		if _, err := w.x.Tick(ctx, w.zone, m); !errors.Is(err, down) || w.status().Direct {
			t.Errorf("%v, and the status is %+v", err, w.status())
		}
		w.advance(2 * time.Second)
	}
}
