// Package probe pauses a zone by itself while the site behind it fails, and opens it again, where the operator asks for
// that by naming an address to watch. It decides from what an address answered; asking is its caller's.
//
// It must never end a pause, or any other state, that an operator chose.
package probe

import (
	"context"
	"sync"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// The probe's times: a site that fails is noticed within Every × InARow and Patience.
const (
	Every    = 5 * time.Second
	Patience = 3 * time.Second // for an answer
	InARow   = 3               // answers alike, before a zone is paused or opened
)

// Zones is the part of zone.Store that the probe needs.
type Zones interface {
	List(ctx context.Context) ([]zone.Settings, error)
	SaveSettings(ctx context.Context, s zone.Settings) error
}

// Runner watches the sites of all zones that ask for it.
type Runner struct {
	Zones Zones
	Ask   func(ctx context.Context, url string) error // nil: the site is well
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // ends early, with an error, when ctx ends
	// Report is called when a zone was paused or opened, and for what failed, with its cause; nil: not at all.
	Report func(s zone.Settings, cause error)
}

// Run watches until ctx ends. Two runs at once are harmless: each change holds for one version of the zone.
func (r *Runner) Run(ctx context.Context) {
	rows := map[string]*row{}
	for ctx.Err() == nil {
		begun := r.Now()
		zones, _ := r.Zones.List(ctx) // what can't be read is read the next time
		var asking sync.WaitGroup
		for _, s := range zones {
			if s.Probe == "" {
				continue
			}
			if rows[s.Zone] == nil {
				rows[s.Zone] = &row{}
			}
			seen := rows[s.Zone]
			asking.Go(func() { r.look(ctx, s, seen) })
		}
		asking.Wait()
		_ = r.Sleep(ctx, begun.Add(Every).Sub(r.Now()))
	}
}

// row is how often in a row a site failed or was well, and why it failed last.
type row struct {
	bad, good int
	cause     error
}

// look asks for one zone, and changes the zone when enough answers were alike.
func (r *Runner) look(ctx context.Context, s zone.Settings, seen *row) {
	within, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if err := r.Ask(within, s.Probe); err == nil {
		seen.good, seen.bad = seen.good+1, 0
	} else if ctx.Err() == nil { // else the run ended, and says nothing of the site
		seen.good, seen.bad, seen.cause = 0, seen.bad+1, err
	}
	next, changed := Next(s, seen.bad, seen.good, r.Now())
	if !changed {
		return
	}
	switch err := r.Zones.SaveSettings(ctx, next); {
	case problem.CodeOf(err) == problem.Conflict: // looked at anew in a moment
	case r.Report == nil:
	case err != nil:
		r.Report(s, err)
	case next.State == zone.Paused:
		r.Report(next, seen.cause)
	default:
		r.Report(next, nil)
	}
}

// Next returns what becomes of a zone whose site failed or was well so often in a row.
func Next(s zone.Settings, bad, good int, now time.Time) (next zone.Settings, changed bool) {
	next = s
	next.Version++
	switch {
	case bad >= InARow && s.StateAt(now) == zone.Open && s.Queues():
		next.State, next.PausedByProbe = zone.Paused, true
	case good >= InARow && s.State == zone.Paused && s.PausedByProbe:
		next.State, next.PausedByProbe = zone.Open, false
	default:
		return s, false
	}
	return next, true
}
