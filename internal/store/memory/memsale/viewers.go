package memsale

import (
	"context"
	"maps"
	"slices"
	"time"

	"foyer/internal/sale/viewers"
	"foyer/internal/store/memory/memroom"
)

// viewersOf is what the memory keeps of viewers.
type viewersOf struct {
	conns map[string]viewing
	views map[seatKey]map[string]time.Time // section → connection → until
	turns map[string]*turn                 // of zones
	quiet map[seatKey]time.Time
	spent map[int64]int // second → messages
}

type viewing struct {
	zone      string
	sections  []string
	at, until time.Time
	clock     time.Time // of viewers.Paced
}

type turn struct {
	by      string
	at      time.Time
	waiter  string
	waiting time.Time // until then
	noted   map[string]time.Time
}

// Viewers is viewers.Store and viewers.Pace in memory.
type Viewers struct {
	*Cloud
	of *viewersOf
}

// Viewers returns the viewers of every zone's sections.
func (c *Cloud) Viewers() *Viewers { return &Viewers{c, c.views} }

// Open implements viewers.Store.
func (v *Viewers) Open(ctx context.Context, zone, conn string, at time.Time) error {
	return v.Do(ctx, "viewers.Open", func() error {
		if _, found := v.of.conns[conn]; !found {
			v.of.conns[conn] = viewing{zone: zone, until: memroom.Millis(at).Add(viewers.Life)}
		}
		return nil
	})
}

// View implements viewers.Store.
func (v *Viewers) View(ctx context.Context, conn string, sections []string, at time.Time) (zone string, err error) {
	err = v.Do(ctx, "viewers.View", func() error {
		had, found := v.of.conns[conn]
		if !found || !had.until.After(at) {
			return viewers.ErrUnknown
		}
		if zone = had.zone; had.at.After(memroom.Millis(at)) {
			return nil
		}
		if had.at.Before(memroom.Millis(at)) {
			var flood bool
			if had.clock, flood = viewers.Paced(had.clock, memroom.Millis(at)); flood {
				return viewers.ErrFlood
			}
		}
		for _, section := range had.sections {
			delete(v.of.views[seatKey{zone, section}], conn)
		}
		for _, section := range sections {
			key := seatKey{zone, section}
			if v.of.views[key] == nil {
				v.of.views[key] = map[string]time.Time{}
			}
			v.of.views[key][conn] = had.until
		}
		had.at, had.sections = memroom.Millis(at), slices.Clone(sections)
		v.of.conns[conn] = had
		return nil
	})
	return memroom.Standing(zone, err)
}

// Of implements viewers.Store.
func (v *Viewers) Of(ctx context.Context, zone, section string, now time.Time) (a viewers.Audience, err error) {
	err = v.Do(ctx, "viewers.Of", func() error {
		key := seatKey{zone, section}
		a = viewers.Audience{Quiet: v.of.quiet[key]}
		for conn, until := range v.of.views[key] {
			if until.After(now) {
				a.Conns = append(a.Conns, conn)
			}
		}
		slices.Sort(a.Conns)
		return nil
	})
	return memroom.Standing(a, err)
}

// Gone implements viewers.Store.
func (v *Viewers) Gone(ctx context.Context, zone, section, conn string) error {
	return v.Do(ctx, "viewers.Gone", func() error {
		delete(v.of.views[seatKey{zone, section}], conn)
		return nil
	})
}

// turn returns a zone's turn. One that was never taken may be taken at once.
func (v *Viewers) turn(zone string) *turn {
	if v.of.turns[zone] == nil {
		v.of.turns[zone] = &turn{noted: map[string]time.Time{}}
	}
	return v.of.turns[zone]
}

// waitedFor reports whether somebody other than by waits for the turn.
func (t *turn) waitedFor(by string, now time.Time) bool {
	return t.waiter != "" && t.waiter != by && t.waiting.After(now)
}

func (t *turn) note(sections []string, now time.Time) {
	for _, id := range sections {
		t.noted[id] = now
	}
}

// Take implements viewers.Pace.
func (v *Viewers) Take(
	ctx context.Context, zone, by string, sections []string, now time.Time,
) (got viewers.Turn, taken bool, err error) {
	err = v.Do(ctx, "viewers.Take", func() error {
		t, at := v.turn(zone), memroom.Millis(now)
		early := !t.at.IsZero() && t.at.Add(viewers.Every).After(at) && t.by != by
		if taken = !early && !t.waitedFor(by, at); !taken {
			return nil
		}
		got.Last = t.at
		t.by, t.at, t.waiter = by, at, ""
		t.note(sections, at)
		got.Noted = maps.Clone(t.noted)
		return nil
	})
	if err != nil {
		return viewers.Turn{}, false, err
	}
	return got, taken, nil
}

// Wait implements viewers.Pace.
func (v *Viewers) Wait(
	ctx context.Context, zone, by string, sections []string, now time.Time,
) (wait time.Duration, mine bool, err error) {
	err = v.Do(ctx, "viewers.Wait", func() error {
		t, at := v.turn(zone), memroom.Millis(now)
		t.note(sections, at)
		wait = max(t.at.Add(viewers.Every).Sub(at), time.Millisecond)
		if mine = !t.waitedFor(by, at); mine {
			t.waiter, t.waiting = by, at.Add(viewers.Every+viewers.WaitFor)
		}
		return nil
	})
	return wait, mine, err
}

// Spend implements viewers.Pace.
func (v *Viewers) Spend(ctx context.Context, _ string, n, budget int, now time.Time) (granted bool, err error) {
	err = v.Do(ctx, "viewers.Spend", func() error {
		second := now.Unix()
		if granted = v.of.spent[second]+n <= budget; granted {
			v.of.spent[second] += n
		}
		return nil
	})
	return memroom.Standing(granted, err)
}

// Hush implements viewers.Pace.
func (v *Viewers) Hush(ctx context.Context, zone, section string, until time.Time) error {
	return v.Do(ctx, "viewers.Hush", func() error {
		v.of.quiet[seatKey{zone, section}] = memroom.Millis(until)
		return nil
	})
}

var (
	_ viewers.Store = (*Viewers)(nil)
	_ viewers.Pace  = (*Viewers)(nil)
)
