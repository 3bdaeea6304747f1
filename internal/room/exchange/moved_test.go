package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// A grant takes a new connection of its own place only: two places of one visitor would pull it to and fro.
func TestAnotherPlaceOfAVisitorDoesNotMoveTheGrant(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, epoch.Add(time.Minute) })
	v := w.visitor(1, epoch)
	w.register(v, "drawn")
	w.advance(2 * time.Minute)
	m := &exchange.Memory{}
	w.tick(m)
	after := queue.Entry{Key: policy.Keys(v, w.zone, seed)[1], Conn: "after", ConnAt: w.now(), RegisteredAt: w.now()}
	_, err := w.cloud.Queue().Register(ctx, w.zone.Queue(), after)
	is(t, err, "")
	for range 3 {
		w.advance(time.Second)
		w.tick(m)
		if g := w.pages()[0].Grants[0]; g.State != bucket.Reserved || g.Conn != "drawn" {
			t.Fatalf("the grant is %c on %q", g.State, g.Conn)
		}
	}
}

// meanwhile does something else just before the first change of a log.
type meanwhile struct {
	bucket.Log
	first func()
}

func (l *meanwhile) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if f := l.first; f != nil {
		l.first = nil
		f()
	}
	return l.Log.Apply(ctx, of, changes...)
}

// Of two exchangers that move a grant, one has read an older place: it must not put the grant back.
func TestAnOlderConnectionDoesNotReplaceANewerOne(t *testing.T) {
	w := newWorld(t, nil)
	v := w.visitor(1, epoch)
	w.register(v, "first")
	m := &exchange.Memory{}
	w.tick(m)
	w.advance(time.Second)
	w.register(v, "second")
	log := w.x.Log
	w.x.Log = &meanwhile{log, func() {
		w.advance(time.Millisecond)
		w.register(v, "third")
		other := w.exchange()
		_, err := other.Tick(ctx, w.zone, &exchange.Memory{})
		is(t, err, "")
	}}
	w.tick(m)
	if g := w.pages()[0].Grants[0]; g.Conn != "third" {
		t.Errorf("the grant is on %q", g.Conn)
	}
}

// A place that was taken anew by a request has no connection: the grant keeps the one that it has.
func TestAPlaceWithoutAConnectionDoesNotMoveTheGrant(t *testing.T) {
	w := newWorld(t, nil)
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	p := w.register(v, "there")
	w.tick(m)
	is(t, w.cloud.Queue().Remove(ctx, w.zone.Queue(), p.Key), "")
	w.register(v, "")
	if r := w.tick(m); r.Reconnect != 0 || w.pages()[0].Grants[0].Conn != "there" {
		t.Errorf("%d moved: %+v", r.Reconnect, w.pages()[0].Grants[0])
	}
}

// callsAndDies has a visitor without a connection called by an exchanger that can't write the status, and dies.
func (w *world) callsAndDies(t *testing.T) {
	t.Helper()
	w.register(w.visitor(1, epoch), "")
	down := errors.New("down")
	w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "zones.SaveStatus", down) }
	if _, err := w.x.Tick(ctx, w.zone, &exchange.Memory{}); !errors.Is(err, down) {
		t.Fatal(err)
	}
	w.cloud.Fault = nil
}

// While one exchanger moves the grant of a visitor, another gives the visitor more time: the move takes none back.
func TestAMoveTakesNoTimeBack(t *testing.T) {
	w := newWorld(t, nil)
	w.callsAndDies(t)
	w.advance(w.zone.Window / 3)
	w.register(w.visitor(1, epoch), "there")
	w.x.Log = &meanwhile{w.x.Log, func() {
		w.advance(w.zone.Window / 3)
		w.cloud.Fault = func(op string) memroom.Fault { return failing(op == "queue.Head", errors.New("down")) }
		_, _ = w.exchange().Tick(ctx, w.zone, &exchange.Memory{})
		w.cloud.Fault = nil
	}}
	w.tick(&exchange.Memory{})
	if g := w.pages()[0].Grants[0]; !g.Until.Equal(w.now().Add(w.zone.Window)) {
		t.Errorf("%+v, at %v", g, w.now())
	}
}
