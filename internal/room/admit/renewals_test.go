package admit_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/token"
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

// What another request did first counts: the grant as it then stands decides the answer.
func TestAChangeThatComesFirstDecides(t *testing.T) {
	const here, there = token.Network("4aaaaaa"), token.Network("4bbbbbb")
	ref := bucket.Ref{Page: 1}
	enters := func(d *door, from token.Network) {
		_, err := d.EnterFrom(t.Context(), visitor(1), ref, from)
		d.is(err, "")
	}
	leaves := func(d *door) { d.is(d.Leave(t.Context(), visitor(1), ref), "") }
	for name, c := range map[string]struct {
		inside, over bool // before: is the visitor inside, is the zone overcalled
		first        func(*door)
		want         problem.Code
	}{
		"left while it renews": {inside: true, first: leaves, want: problem.Ended},
		"moved elsewhere while it renews": {
			inside: true, first: func(d *door) { enters(d, here) }, want: problem.Elsewhere,
		},
		"claimed while it is called anew": {
			over: true, first: func(d *door) { d.overcall(false); enters(d, there) },
		},
		"claimed elsewhere while it claims": {first: func(d *door) { enters(d, here) }},
		"claimed and left while it is called anew": {
			over: true, first: func(d *door) { d.overcall(false); enters(d, there); leaves(d) }, want: problem.Ended,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, nil)
			d.register(visitor(1))
			d.tick()
			if c.inside {
				enters(d, "")
			}
			d.overcall(c.over)
			d.now = d.now.Add(bucket.ClaimSoon)
			late := d.process()
			late.Log = &meanwhile{late.Log, func() { c.first(d) }}
			_, err := late.EnterFrom(t.Context(), visitor(1), ref, there)
			d.is(err, c.want)
		})
	}
}

// Who leaves on one page while another claims the reservation has left the visit as well.
func TestLeavingEndsTheEntryThatCameFirst(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	late := d.process()
	late.Log = &meanwhile{late.Log, func() {
		_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
		d.is(err, "")
	}}
	d.is(late.Leave(t.Context(), visitor(1), bucket.Ref{}), "")
	if g := d.grants()[0]; g.State != bucket.Left {
		t.Errorf("the grant is %q", g.State)
	}
}

// Who can't be called by the next tick isn't kept waiting for it.
func TestDirectWaitsOnlyWhereThereMayBeRoom(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*door)
		waits  bool
	}{
		"room":   {func(*door) {}, true},
		"paused": {func(d *door) { d.settings.State = zone.Paused }, false},
		"sold out": {func(d *door) {
			st, err := d.cloud.Zones().Status(t.Context(), "main")
			d.is(err, "")
			st.Zone, st.Version, st.SoldOut = "main", st.Version+1, true
			d.is(d.cloud.Zones().SaveStatus(t.Context(), st), "")
		}, false},
		"a tick's worth waits": {func(d *door) {
			d.settings.Capacity = 2 * exchange.MaxPerTick
			st, err := d.cloud.Zones().Status(t.Context(), "main")
			d.is(err, "")
			st.Zone, st.Version, st.Waiting = "main", st.Version+1, exchange.MaxPerTick
			d.is(d.cloud.Zones().SaveStatus(t.Context(), st), "")
		}, false},
		"full": {func(d *door) {
			d.settings.Capacity = 1
			d.in(visitor(2))
			d.now = d.now.Add(10 * time.Second)
			d.tick()
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, nil)
			c.change(d)
			waits := false
			d.Sleep = func(context.Context, time.Duration) error { waits = true; return nil }
			_, err := d.Direct(t.Context(), visitor(1))
			d.is(err, problem.NotCalled)
			if waits != c.waits {
				t.Errorf("waits for a tick: %v", waits)
			}
		})
	}
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

// A short session is renewed once an eighth of it is gone, a long one each minute.
func TestAShortSessionIsRenewedSooner(t *testing.T) {
	for after, renews := range map[time.Duration]bool{30*time.Second - time.Millisecond: false, 30 * time.Second: true} {
		d := newDoor(t, func(s *zone.Settings) { s.Session, s.Renews = 4*time.Minute, true })
		in := d.in(visitor(1))
		d.now = d.now.Add(after)
		e, err := d.Renew(t.Context(), token.Access{Zone: "main", ID: visitor(1).ID, Ref: in.Ref})
		if d.is(err, ""); e.Until.After(in.Until) != renews {
			t.Errorf("after %v it ends at %v, and ended at %v", after, e.Until, in.Until)
		}
	}
}
