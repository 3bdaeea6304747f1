package exchange

import (
	"context"
	"maps"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

// How zones are looked at that nobody uses.
const (
	// idleAfter is how long nobody must have waited in a zone before it is idle.
	idleAfter = time.Minute
	// restAfter is how long the status must have said that a zone is idle before it is looked at rarely: longer than
	// processes that register visitors may remember that it isn't.
	restAfter = zone.IdleFor + 10*time.Second
	// restFor… is how long nobody looks at a zone that nobody wakes.
	restForLong  = 5 * time.Minute
	restForShort = time.Minute // before its opening and while it is paused: its figures are those of a census
)

// idle reports whether the status is to say that the zone is idle: visitors would be called, and nobody waits or is
// inside. Who registers then wakes it.
func (t *tick) idle() bool {
	f := &t.m.front
	empty := !f.emptySince.IsZero() && f.waiting == 0 && t.now.Sub(f.emptySince) >= idleAfter
	return t.Wakes != nil && t.s.Exchanges(t.now) && empty && bucket.CountLive(t.m.kept).Live() == 0
}

// restFor returns how long a run need not look at the zone after this tick, unless something changes; 0: it has to look
// again in a second.
func (t *tick) restFor() time.Duration {
	f, live := &t.m.front, bucket.CountLive(t.m.kept).Live()
	switch {
	case t.Wakes == nil || t.s.LetThrough || live > 0:
		return 0
	case t.s.StateAt(t.now) == zone.Paused: // who registers is called when it goes on
		return restForShort
	case t.s.Runs(t.now):
		// The look must be this tick's: what an earlier one didn't see has been heard of by now.
		if f.status.Idle && f.lookedAt.Equal(t.now) && !f.idleAt.IsZero() && t.now.Sub(f.idleAt) >= restAfter {
			return restForLong
		}
		return 0
	case t.s.Queues() && t.s.StateAt(t.now) == zone.Scheduled:
		return restForShort
	}
	return restForLong
}

// stands keeps since when the stored status has said that the zone is idle.
func (f *front) stands(now time.Time) {
	switch {
	case !f.status.Idle:
		f.idleAt = time.Time{}
	case f.idleAt.IsZero():
		f.idleAt = now
	}
}

// rest is a zone that isn't looked at until a time, unless something of it changes.
type rest struct {
	until    time.Time
	settings zone.Settings
	runs     bool
	state    zone.State
	woken    int64
}

// restOf returns how a zone stands that is ticked at the time now.
func (r *Runner) restOf(s zone.Settings, now time.Time) rest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return rest{settings: s, runs: s.Runs(now), state: s.StateAt(now), woken: r.woken[s.Zone]}
}

// rests reports whether nothing of a zone has changed since it began to rest.
func (r *Runner) rests(s zone.Settings) bool {
	now := r.Exchange.Now()
	as := r.restOf(s, now)
	r.mu.Lock()
	defer r.mu.Unlock()
	had := r.resting[s.Zone]
	as.until = had.until
	rests := as == had && now.Before(had.until)
	if !rests {
		delete(r.resting, s.Zone)
	}
	return rests
}

// rested keeps what a tick said of a zone that stood so when it began.
func (r *Runner) rested(stood rest, result Result, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || result.RestFor == 0 {
		return
	}
	if r.resting == nil {
		r.resting = map[string]rest{}
	}
	stood.until = r.Exchange.Now().Add(result.RestFor)
	r.resting[stood.settings.Zone] = stood
}

// doubt ends the rest of zones in which somebody waits by the census: who registered may not have woken them.
func (r *Runner) doubt(ctx context.Context) {
	r.mu.Lock()
	names := slices.Sorted(maps.Keys(r.resting))
	r.mu.Unlock()
	_ = sideBySide(ctx, len(names), func(i int) error {
		st, err := r.Exchange.Zones.Status(ctx, names[i])
		if err != nil || st.Census.Total > 0 {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.resting, names[i])
		}
		return nil
	})
}

// listen reads which zones were woken. When it can't, no zone rests.
func (r *Runner) listen(ctx context.Context) {
	if r.Exchange.Wakes == nil {
		return
	}
	woken, err := r.Exchange.Wakes.Woken(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.woken = woken; err != nil {
		clear(r.resting)
	}
}
