package seatmap

import (
	"context"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// Loader puts maps into zones, for operators.
type Loader struct {
	Zones zone.Reader
	Seats seat.Store
	Maps  venue.Store
	Now   func() time.Time

	DryRun bool // return what loading would come to, and write nothing
}

// Loaded is the outcome of loading a map.
type Loaded struct {
	Version   int64
	Seats     int  // in all
	Added     int  // by this map; the first adds all
	Unchanged bool // the same map was there
}

// opensSoon is how long before a zone opens by itself its map may only grow: longer than loading one takes.
const opensSoon = time.Minute

// Load puts a valid map into a zone. Loading it again changes nothing. During a sale (the zone is open or paused, or
// any seat is held, locked or taken) a map may only add: one that does more returns venue.Faults with all that it may
// not do. Load returns problem.UnknownZone, and problem.Conflict if another map was loaded meanwhile, or if a map that
// does more met a change of the zone's settings, such as its opening. A zone counts as open from a minute before it
// opens by itself.
func (l *Loader) Load(ctx context.Context, zoneName string, v venue.Venue) (Loaded, error) {
	settings, err := l.Zones.Settings(ctx, zoneName)
	if err != nil {
		return Loaded{}, err
	}
	old, err := venue.Read(ctx, l.Maps, zoneName)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return Loaded{}, err
	}
	if venue.Equal(old.Venue, v) {
		return Loaded{old.Version, v.Size(), 0, true}, nil
	}
	change := venue.Diff(old.Venue, v)
	save := func() error { return l.Maps.SaveMap(ctx, zoneName, v, old.Version) }
	if old.Version > 0 && len(change.Refused) > 0 {
		running, err := l.running(ctx, settings, old.Venue)
		if err != nil {
			return Loaded{}, err
		}
		if running {
			return Loaded{}, change.Refused
		}
		save = func() error { return l.Maps.ReplaceMap(ctx, zoneName, v, old.Version, settings.Version) }
	}
	if l.DryRun {
		return Loaded{old.Version + 1, v.Size(), len(change.Added), false}, nil
	}
	if err := save(); err != nil {
		return Loaded{}, err
	}
	return Loaded{old.Version + 1, v.Size(), len(change.Added), false}, nil
}

func (l *Loader) running(ctx context.Context, s zone.Settings, old venue.Venue) (bool, error) {
	now := l.Now()
	if state := s.StateAt(now.Add(opensSoon)); state == zone.Open || state == zone.Paused {
		return true, nil
	}
	for _, section := range old.Sections {
		seats, err := l.Seats.Snapshot(ctx, s.Zone, section.ID)
		if err != nil {
			return false, err
		}
		for _, one := range seats {
			if one.Status(now) != seat.Available {
				return true, nil
			}
		}
	}
	return false, nil
}
