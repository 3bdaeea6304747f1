package exchange_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
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
