package choose_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
)

// renewing renews a grant just before its first change lands.
type renewing struct {
	bucket.Log
	until *time.Time
}

func (l renewing) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if !l.until.IsZero() {
		c := changes[0]
		c.FromUntil, c.Until, *l.until = time.Time{}, *l.until, time.Time{}
		if err := l.Log.Apply(ctx, of, c); err != nil {
			return err
		}
	}
	return l.Log.Apply(ctx, of, changes...)
}

func TestPayingMakesNoVisitShorter(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.MaxVisit, w.zone.Version = 3*time.Hour, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	a := w.buyers(1)[0]
	w.pass(50 * time.Minute) // ten minutes of the visit are left, and paying may take fifteen
	w.chose(a, "stalls-A-1")
	renewed := w.now().Add(time.Hour)
	until := renewed
	w.Service.Log = renewing{w.log, &until}
	_, err := w.Pay(t.Context(), a, "o1")
	w.must(err)
	p, _, err := w.log.Get(t.Context(), w.zone.Grants(), a.Ref.Page)
	w.must(err)
	if got := p.Grants[a.Ref.Slot].Until; !got.Equal(renewed) {
		t.Errorf("the visit lasts until %v, it was renewed until %v", got, renewed)
	}
}

// leaving ends a visit just before its first change lands.
type leaving struct {
	bucket.Log
	left *bool
}

func (l leaving) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if !*l.left {
		*l.left = true
		c := changes[0]
		c.FromUntil, c.To, c.Until = time.Time{}, bucket.Left, c.Until.Add(-time.Hour)
		if err := l.Log.Apply(ctx, of, c); err != nil {
			return err
		}
	}
	return l.Log.Apply(ctx, of, changes...)
}

// A visitor who leaves while they check out in another window gets no order, and is not told to try again.
func TestNobodyPaysWhoLeftMeanwhile(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.MaxVisit, w.zone.Version = 3*time.Hour, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	a := w.buyers(1)[0]
	w.pass(50 * time.Minute) // ten minutes of the visit are left, and paying may take fifteen
	w.chose(a, "stalls-A-1")
	left := false
	w.Service.Log = leaving{w.log, &left}
	if _, err := w.Pay(t.Context(), a, "o1"); !left || problem.CodeOf(err) != problem.Ended {
		t.Errorf("left %v: %v", left, err)
	}
}
