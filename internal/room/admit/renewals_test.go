package admit_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

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

// Of two renewals at once, the one that began earlier must not shorten the session again.
func TestARenewalThatLandsLateDoesNotShortenTheSession(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Renews = true })
	v := visitor(1)
	in := d.in(v)
	d.now = d.now.Add(5 * time.Minute)
	late := d.process()
	log := late.Log
	var longer time.Time
	late.Log = &meanwhile{log, func() {
		d.now = d.now.Add(2 * time.Minute)
		e, err := d.Enter(t.Context(), v, in.Ref)
		d.is(err, "")
		longer = e.Until
	}}
	_, err := late.Enter(t.Context(), v, in.Ref)
	d.is(err, "")
	p, _, err := log.Get(t.Context(), d.settings.Grants(), in.Ref.Page)
	d.is(err, "")
	if until := p.Grants[in.Ref.Slot].Until; !until.Equal(longer) {
		t.Errorf("the session ends at %v, and ended at %v before", until, longer)
	}
}
