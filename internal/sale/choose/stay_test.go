package choose_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// overtaken is a log in which somebody else changes a grant just before the first change of it lands.
type overtaken struct {
	bucket.Log
	by *func(bucket.Change) bucket.Change
}

func (l overtaken) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if change := *l.by; change != nil {
		*l.by = nil
		other := change(changes[0])
		other.FromUntil = time.Time{}
		if err := l.Log.Apply(ctx, of, other); err != nil {
			return err
		}
	}
	return l.Log.Apply(ctx, of, changes...)
}

// pays has a buyer with ten minutes left of a visit begin to pay, which may take fifteen, while somebody else changes
// the visit.
func pays(t *testing.T, by func(w *world, c bucket.Change) bucket.Change) (w *world, a token.Access, err error) {
	w = newWorld(t, inMemory())
	w.zone.MaxVisit, w.zone.Version = 3*time.Hour, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	a = w.buyers(1)[0]
	w.pass(50 * time.Minute)
	w.chose(a, "stalls-A-1")
	change := func(c bucket.Change) bucket.Change { return by(w, c) }
	w.Service.Log = overtaken{w.log, &change}
	_, err = w.Pay(t.Context(), a, "o1")
	if change != nil {
		t.Error("nobody changed the visit")
	}
	return w, a, err
}

func TestPayingMakesNoVisitShorter(t *testing.T) {
	var renewed time.Time
	w, a, err := pays(t, func(w *world, c bucket.Change) bucket.Change {
		renewed = w.now().Add(time.Hour)
		c.Until = renewed
		return c
	})
	w.must(err)
	p, _, err := w.log.Get(t.Context(), w.zone.Grants(), a.Ref.Page)
	w.must(err)
	if got := p.Grants[a.Ref.Slot].Until; !got.Equal(renewed) {
		t.Errorf("the visit lasts until %v, it was renewed until %v", got, renewed)
	}
}

// A visitor who leaves while they check out in another window gets no order, and is not told to try again.
func TestNobodyPaysWhoLeftMeanwhile(t *testing.T) {
	_, _, err := pays(t, func(_ *world, c bucket.Change) bucket.Change {
		c.To, c.Until = bucket.Left, c.Until.Add(-time.Hour)
		return c
	})
	if problem.CodeOf(err) != problem.Ended {
		t.Errorf("error %v", err)
	}
}

// Paying keeps nobody inside for longer than the longest visit: only the order goes on.
func TestPayingMakesNoVisitLongerThanTheLongest(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.MaxVisit, w.zone.Version = w.zone.Session, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	a := w.buyers(1)[0]
	p, _, err := w.log.Get(t.Context(), w.zone.Grants(), a.Ref.Page)
	w.must(err)
	until := p.Grants[a.Ref.Slot].Until
	w.pass(until.Sub(w.now()) - 10*time.Minute)
	w.chose(a, "stalls-A-1")
	_, err = w.Pay(t.Context(), a, "o1")
	w.must(err)
	p, _, err = w.log.Get(t.Context(), w.zone.Grants(), a.Ref.Page)
	if w.must(err); !p.Grants[a.Ref.Slot].Until.Equal(until) {
		t.Errorf("the visit lasts until %v, and lasted until %v", p.Grants[a.Ref.Slot].Until, until)
	}
}
