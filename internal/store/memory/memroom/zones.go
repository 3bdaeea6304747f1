package memroom

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

type lease struct {
	zone.Lease
	started time.Time
}

type zoneStore struct{ *Cloud }

func (s zoneStore) Settings(ctx context.Context, name string) (settings zone.Settings, err error) {
	err = s.Do(ctx, "zones.Settings", func() error {
		var found bool
		if settings, found = s.settings[name]; !found {
			return problem.New(problem.UnknownZone, "there is no zone %q", name)
		}
		return nil
	})
	return Standing(settings, err)
}

// SettingsVersion returns the version of a zone's settings, for stores that write on the condition that it stands. The
// memory is locked.
func (c *Cloud) SettingsVersion(zone string) int64 { return c.settings[zone].Version }

func (s zoneStore) List(ctx context.Context) (all []zone.Settings, err error) {
	err = s.Do(ctx, "zones.List", func() error {
		all = nil
		for _, name := range slices.Sorted(maps.Keys(s.settings)) {
			all = append(all, s.settings[name])
		}
		return nil
	})
	return Standing(all, err)
}

func (s zoneStore) SaveSettings(ctx context.Context, settings zone.Settings) error {
	settings.OpensAt = Millis(settings.OpensAt)
	return s.Do(ctx, "zones.SaveSettings", func() error {
		there := s.settings[settings.Zone]
		if there == settings {
			return nil
		}
		if there.Version != settings.Version-1 {
			return changed(settings.Zone, "settings")
		}
		s.settings[settings.Zone] = settings
		s.Stream.status(settings.Zone)
		return nil
	})
}

func changed(name, what string) error {
	return problem.New(problem.Conflict, "the %s of zone %q changed meanwhile", what, name)
}

func (s zoneStore) Remove(ctx context.Context, settings zone.Settings) error {
	return s.Do(ctx, "zones.Remove", func() error {
		name := settings.Zone
		if there, found := s.settings[name]; found && there.Version != settings.Version {
			return changed(name, "settings")
		}
		delete(s.settings, name)
		delete(s.status, name)
		delete(s.census, name)
		delete(s.events, name)
		s.Stream.status(name)
		return nil
	})
}

func (s zoneStore) Idle(ctx context.Context, name string) (idle bool, err error) {
	err = s.Do(ctx, "zones.Idle", func() error {
		idle = s.status[name].Idle
		return nil
	})
	return Standing(idle, err)
}

func (s zoneStore) Wake(ctx context.Context, name string) error {
	return s.Do(ctx, "zones.Wake", func() error {
		s.woken[name]++
		return nil
	})
}

func (s zoneStore) Woken(ctx context.Context) (woken map[string]int64, err error) {
	err = s.Do(ctx, "zones.Woken", func() error {
		woken = maps.Clone(s.woken)
		return nil
	})
	return Standing(woken, err)
}

func (s zoneStore) Event(ctx context.Context, name string) (e event.Event, err error) {
	err = s.Do(ctx, "zones.Event", func() error {
		e = s.events[name]
		e.Zone = name
		return nil
	})
	return Standing(e, err)
}

func (s zoneStore) SaveEvent(ctx context.Context, e event.Event) error {
	return s.Do(ctx, "zones.SaveEvent", func() error {
		there := s.events[e.Zone]
		if there.Encode() == e.Encode() {
			return nil
		}
		if there.Version != e.Version-1 {
			return changed(e.Zone, "event")
		}
		s.events[e.Zone] = e
		s.Stream.status(e.Zone)
		return nil
	})
}

func (s zoneStore) Status(ctx context.Context, name string) (status zone.Status, err error) {
	err = s.Do(ctx, "zones.Status", func() error {
		status = s.status[name]
		status.Zone, status.Census = name, s.census[name]
		return nil
	})
	return Standing(status, err)
}

func (s zoneStore) SaveStatus(ctx context.Context, status zone.Status) error {
	status.At, status.Census = Millis(status.At), zone.Census{}
	return s.Do(ctx, "zones.SaveStatus", func() error {
		there := s.status[status.Zone]
		if there == status {
			return nil
		}
		if there.Version != status.Version-1 {
			return changed(status.Zone, "status")
		}
		s.status[status.Zone] = status
		s.Stream.status(status.Zone)
		return nil
	})
}

func (s zoneStore) SaveCensus(ctx context.Context, name string, c zone.Census) error {
	c.At = Millis(c.At)
	return s.Do(ctx, "zones.SaveCensus", func() error {
		if s.census[name].At.Before(c.At) {
			s.census[name] = c
			s.Stream.status(name)
		}
		return nil
	})
}

func (s zoneStore) Rules(ctx context.Context) (set rules.Set, err error) {
	err = s.Do(ctx, "zones.Rules", func() error {
		set = rules.Set{Version: s.rules.Version, Hosts: maps.Clone(s.rules.Hosts)}
		if set.Hosts == nil {
			set.Hosts = map[string][]rules.Rule{}
		}
		return nil
	})
	return Standing(set, err)
}

func (s zoneStore) SaveRules(ctx context.Context, set rules.Set) error {
	return s.Do(ctx, "zones.SaveRules", func() error {
		if reflect.DeepEqual(s.rules, set) {
			return nil
		}
		if s.rules.Version != set.Version-1 {
			return problem.New(problem.Conflict, "the rules changed meanwhile")
		}
		s.rules = rules.Set{Version: set.Version, Hosts: maps.Clone(set.Hosts)}
		s.Stream.status(rules.Name)
		return nil
	})
}

func (s zoneStore) Lease(
	ctx context.Context, name, run string, started, now time.Time,
) (stands zone.Lease, err error) {
	started, now = Millis(started), Millis(now)
	err = s.Do(ctx, "zones.Lease", func() error {
		held, found := s.leases[name]
		isAhead := held.started.After(now.Add(zone.MaxSkew))
		if !found || held.started.Before(started) || held.Owner == run || isAhead {
			held = lease{zone.Lease{Owner: run, Beat: now}, started}
			s.leases[name] = held
		}
		stands = held.Lease
		return nil
	})
	return Standing(stands, err)
}

// Stands returns the zone's settings and status as they stand, past the faults, for checks.
func (c *Cloud) Stands(name string) (settings zone.Settings, status zone.Status) {
	_ = c.Locked(func() error {
		settings, status = c.settings[name], c.status[name]
		status.Census = c.census[name]
		return nil
	})
	return settings, status
}
