package roomtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
	"foyer/internal/store/contract"
)

// Zones runs the contract of zone.Store.
func Zones(t *testing.T, fresh func(*testing.T) zone.Store) {
	for name, story := range map[string]func(*testing.T, zone.Store){
		"settings are kept as saved":                 settingsAreKept,
		"settings are saved on their version":        settingsVersion,
		"zones are listed by name":                   listByName,
		"an event is kept and saved on its version":  eventVersion,
		"a zone is removed while it is as it was":    removed,
		"a status is kept as saved, without census":  statusIsKept,
		"a status is saved on its version":           statusVersion,
		"a census is replaced by a newer one only":   newerCensus,
		"of ten savers of one version one wins":      oneOfTenSaves,
		"a lease goes to who started last":           leaseToLatest,
		"a lease raced for goes to who started last": leaseRaced,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fresh(t))
		})
	}
}

// settings has every field set.
func settings(name string, version int64) zone.Settings {
	return zone.Settings{
		Zone: name, Version: version, Title: "Ein Abend für “zwei” 🎷",
		State: zone.Scheduled, OpensAt: contract.After(60_000), Policy: zone.Draw,
		Capacity: 5000, Rate: 1200, Window: 45 * time.Second, Session: 10 * time.Minute, Renews: true, MaxVisit: time.Hour,
		SeatsPerBuyer: 4, SeatFactor: 1.25, PayFor: 10 * time.Minute,
		QueueShards: 16, GrantShards: 2, FailMode: zone.FailOpen, Revoked: "b1 b2", LetThrough: true, SaleEnded: true,
		Probe: "https://sale.example.com/health", PausedByProbe: true,
		Clearing: zone.Deleting, DrawNumber: 3,
	}
}

// status has every field but the census set.
func status(name string, version int64) zone.Status {
	return zone.Status{
		Zone: name, Version: version, At: contract.After(1), State: zone.Open, Direct: true, SoldOut: true,
		Called: contract.Visitor(7), Live: 90, Inside: 80, Waiting: 1_000_000, SeatsLeft: -1,
		RateLow: 900, RateHigh: 1300, Seed: "00ff", Commit: "ff00", Floor: 12, Overcalled: true, Idle: true,
	}
}

func settingsAreKept(t *testing.T, s zone.Store) {
	ctx := t.Context()
	if _, err := s.Settings(ctx, "main"); problem.CodeOf(err) != problem.UnknownZone {
		t.Errorf("a zone that was never made: %v", err)
	}
	for _, want := range []zone.Settings{settings("main", 1), {Zone: "bare", Version: 1}} {
		contract.Must(t, s.SaveSettings(ctx, want))
		got, err := s.Settings(ctx, want.Zone)
		contract.Must(t, err)
		contract.Same(t, "the settings", got, want)
	}
}

func settingsVersion(t *testing.T, s zone.Store) {
	ctx := t.Context()
	for _, step := range []struct {
		name    string
		version int64
		rate    int
		ok      bool
	}{
		{"a zone that isn't there", 2, 1, false},
		{"a new zone", 1, 1, true},
		{"the same again", 1, 1, true},
		{"another of the same version", 1, 2, false},
		{"a version too far", 3, 3, false},
		{"the next", 2, 2, true},
		{"the same again", 2, 2, true},
		{"one that was", 1, 1, false},
		{"no version", 0, 1, false},
	} {
		want := settings("main", step.version)
		want.Rate = step.rate
		if err := s.SaveSettings(ctx, want); step.ok && err != nil || !step.ok && !contract.IsConflict(err) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	got, err := s.Settings(ctx, "main")
	contract.Must(t, err)
	want := settings("main", 2)
	want.Rate = 2
	contract.Same(t, "the settings", got, want)
}

// eventOf has every field set.
func eventOf(name string, version int64) event.Event {
	at := contract.After(90_000)
	return event.Event{
		Zone: name, Version: version, Name: "Ein Abend für “zwei” 🎷", Begin: at, Doors: at.Add(-time.Hour),
		End: at.Add(2 * time.Hour), TimeZone: "Europe/Berlin", Status: event.Postponed, Place: "Hafen", Address: "Am Kai 4",
		Organiser: "Haus", Contact: "a@example.com", Imprint: "https://a.example/i", Terms: "https://a.example/t",
		Link: "https://a.example/", Picture: "https://a.example/p.png", PictureText: "Ein Schiff", Message: "Bald!",
		Change: event.Change{Version: 1, At: at, Begin: at.Add(-time.Minute), Place: "Halle"},
	}
}

func eventVersion(t *testing.T, s zone.Store) {
	ctx := t.Context()
	none, err := s.Event(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the event of a zone that has none", none, event.Event{Zone: "main"})
	for _, step := range []struct {
		name    string
		version int64
		place   string
		ok      bool
	}{
		{"a version too far", 2, "a", false},
		{"the first", 1, "a", true},
		{"the same again", 1, "a", true},
		{"another of the same version", 1, "b", false},
		{"the next", 2, "b", true},
		{"one that was", 1, "a", false},
	} {
		want := eventOf("main", step.version)
		want.Place = step.place
		if err := s.SaveEvent(ctx, want); step.ok && err != nil || !step.ok && !contract.IsConflict(err) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	want := eventOf("main", 2)
	want.Place = "b"
	got, err := s.Event(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the event", got, want)
}

func listByName(t *testing.T, s zone.Store) {
	ctx := t.Context()
	none, err := s.List(ctx)
	contract.Must(t, err)
	contract.Same(t, "zones at first", len(none), 0)
	var want []zone.Settings
	for i := range 12 {
		want = append(want, settings(fmt.Sprintf("zone-%02d", i), 1))
	}
	for _, i := range []int{3, 11, 0, 5, 9, 1, 2, 10, 8, 4, 6, 7} {
		contract.Must(t, s.SaveSettings(ctx, want[i]))
	}
	contract.Must(t, s.SaveStatus(ctx, status("zone-00", 1)))
	contract.Must(t, s.SaveCensus(ctx, "zone-01", zone.Census{At: contract.After(1)}))
	_, err = s.Lease(ctx, "exchange", "run", contract.After(1), contract.After(1))
	contract.Must(t, err)
	got, err := s.List(ctx)
	contract.Must(t, err)
	contract.Same(t, "the zones", got, want)
}

func statusIsKept(t *testing.T, s zone.Store) {
	ctx := t.Context()
	got, err := s.Status(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the status of a zone that has none", got, zone.Status{Zone: "main"})

	counted := zone.Census{At: contract.After(9), Total: 12, Knots: "AAECAw==", Duration: 1500 * time.Millisecond}
	contract.Must(t, s.SaveCensus(ctx, "main", counted))
	want := status("main", 1)
	want.Census = zone.Census{At: contract.After(99), Total: 99}
	contract.Must(t, s.SaveStatus(ctx, want))
	want.Census = counted
	got, err = s.Status(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the status", got, want)

	bare := zone.Status{Zone: "bare", Version: 1, State: zone.Scheduled}
	contract.Must(t, s.SaveStatus(ctx, bare))
	got, err = s.Status(ctx, "bare")
	contract.Must(t, err)
	contract.Same(t, "a bare status", got, bare)
}

func statusVersion(t *testing.T, s zone.Store) {
	for _, step := range []struct {
		name          string
		version, live int
		ok            bool
	}{
		{"a version too far", 2, 1, false},
		{"the first", 1, 1, true},
		{"the same again", 1, 1, true},
		{"another of the same version", 1, 2, false},
		{"the next", 2, 2, true},
		{"one that was", 1, 1, false},
	} {
		want := status("main", int64(step.version))
		want.Live = step.live
		if err := s.SaveStatus(t.Context(), want); step.ok && err != nil || !step.ok && !contract.IsConflict(err) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

func newerCensus(t *testing.T, s zone.Store) {
	ctx := t.Context()
	for _, step := range []struct{ at, total, want int }{{5, 50, 50}, {4, 40, 50}, {5, 51, 50}, {6, 60, 60}, {6, 60, 60}} {
		contract.Must(t, s.SaveCensus(ctx, "main", zone.Census{At: contract.After(step.at), Total: step.total}))
		got, err := s.Status(ctx, "main")
		contract.Must(t, err)
		contract.Same(t, "the total", got.Census.Total, step.want)
	}
	got, err := s.Status(ctx, "other")
	contract.Must(t, err)
	contract.Same(t, "another zone's census", got.Census, zone.Census{})
}

func oneOfTenSaves(t *testing.T, s zone.Store) {
	ctx := t.Context()
	for version := int64(1); version <= 3; version++ {
		winner := contract.OneWinner(t, contract.Race(10, func(i int) error {
			mine := settings("main", version)
			mine.Rate = 100 + i
			return s.SaveSettings(ctx, mine)
		}), contract.IsConflict)
		got, err := s.Settings(ctx, "main")
		contract.Must(t, err)
		contract.Same(t, "the rate", got.Rate, 100+winner)

		winner = contract.OneWinner(t, contract.Race(10, func(i int) error {
			mine := status("main", version)
			mine.Live = i
			return s.SaveStatus(ctx, mine)
		}), contract.IsConflict)
		state, err := s.Status(ctx, "main")
		contract.Must(t, err)
		contract.Same(t, "live", state.Live, winner)
	}
}

func leaseToLatest(t *testing.T, s zone.Store) {
	skew := int(zone.MaxSkew.Milliseconds())
	for _, step := range []struct {
		name, run string
		started   int
		now       int
		want      string
	}{
		{"exchange", "a", 10, 30, "a"},
		{"exchange", "a", 10, 30, "a"},
		{"exchange", "older", 5, 30, "a"},
		{"exchange", "same moment", 10, 30, "a"},
		{"exchange", "b", 20, 30, "b"},
		{"exchange", "a", 10, 30, "b"},
		{"census", "a", 10, 30, "a"},
		{"exchange", "b", 20, 31, "b"},
		{"exchange", "ahead", 100_000, 100_000, "ahead"},
		{"exchange", "as far back as clocks may be", 20, 100_000 - skew, "ahead"},
		{"exchange", "further back", 20, 100_000 - skew - 1, "further back"},
		{"exchange", "c", 30, 32, "c"},
	} {
		stands, err := s.Lease(t.Context(), step.name, step.run, contract.After(step.started), contract.After(step.now))
		contract.Must(t, err)
		contract.Same(t, fmt.Sprintf("the owner of %s after %s asked", step.name, step.run), stands.Owner, step.want)
		if step.run == step.want {
			contract.Same(t, "the beat", stands.Beat, contract.After(step.now))
		}
	}
}

func leaseRaced(t *testing.T, s zone.Store) {
	contract.Must(t, errors.Join(contract.Race(10, func(i int) error {
		_, err := s.Lease(t.Context(), "exchange", fmt.Sprint("run ", i), contract.After(i), contract.After(1000))
		return err
	})...))
	owner, err := s.Lease(t.Context(), "exchange", "nobody", contract.After(-1), contract.After(1000))
	contract.Must(t, err)
	contract.Same(t, "the owner", owner.Owner, "run 9")
}

// Rules runs the contract of rules.Store, over the same table as zones.
func Rules(t *testing.T, s rules.Store, zones zone.Store) {
	ctx := t.Context()
	none, err := s.Rules(ctx)
	contract.Must(t, err)
	contract.Same(t, "rules before there are any", none, rules.Set{Hosts: map[string][]rules.Rule{}})
	list, err := rules.Parse("open POST,GET /hooks/*\nvip /*")
	contract.Must(t, err)
	first := rules.Set{Version: 1, Hosts: map[string][]rules.Rule{rules.MainHost: list, "b.example": nil}}
	for _, step := range []struct {
		name string
		set  rules.Set
		ok   bool
	}{
		{"a version too far", rules.Set{Version: 2}, false},
		{"the first", first, true},
		{"the same again", first, true},
		{"another of the same version", rules.Set{Version: 1}, false},
		{"the next", rules.Set{Version: 2, Hosts: first.Hosts}, true},
		{"one that was", first, false},
	} {
		if err := s.SaveRules(ctx, step.set); step.ok && err != nil || !step.ok && !contract.IsConflict(err) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	got, err := s.Rules(ctx)
	contract.Must(t, err)
	contract.Same(t, "the rules", got, rules.Set{Version: 2, Hosts: first.Hosts})
	all, err := zones.List(ctx)
	contract.Must(t, err)
	contract.Same(t, "zones beside the rules", len(all), 0)
}

// removed removes a zone, beside another one.
func removed(t *testing.T, s zone.Store) {
	ctx := t.Context()
	for _, name := range []string{"main", "other"} {
		contract.Must(t, s.SaveSettings(ctx, settings(name, 1)))
		contract.Must(t, s.SaveStatus(ctx, status(name, 1)))
		contract.Must(t, s.SaveCensus(ctx, name, zone.Census{At: contract.After(1), Total: 7}))
		contract.Must(t, s.SaveEvent(ctx, event.Event{Zone: name, Version: 1, Name: "Concert"}))
	}
	contract.Must(t, s.SaveSettings(ctx, settings("main", 2)))
	if err := s.Remove(ctx, settings("main", 1)); !contract.IsConflict(err) {
		t.Errorf("removed as it was before: %v", err)
	}
	if st, err := s.Status(ctx, "main"); err != nil || st.Version != 1 {
		t.Errorf("after that its status: %+v, %v", st, err)
	}
	for range 2 {
		contract.Must(t, s.Remove(ctx, settings("main", 2)))
	}
	if _, err := s.Settings(ctx, "main"); problem.CodeOf(err) != problem.UnknownZone {
		t.Errorf("its settings: %v", err)
	}
	st, err := s.Status(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "its status", st, zone.Status{Zone: "main"})
	e, err := s.Event(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "its event", e, event.Event{Zone: "main"})
	all, err := s.List(ctx)
	contract.Must(t, err)
	contract.Same(t, "the other zone", all, []zone.Settings{settings("other", 1)})
	contract.Must(t, s.SaveSettings(ctx, settings("main", 1)))
}

// Wakes runs the contract of zone.Wakes, beside the zones that it is of.
func Wakes(t *testing.T, s zone.Store, w zone.Wakes) {
	ctx := t.Context()
	idle := func(want bool) {
		t.Helper()
		got, err := w.Idle(ctx, "main")
		contract.Must(t, err)
		contract.Same(t, "idle", got, want)
	}
	idle(false)
	if none, err := w.Woken(ctx); err != nil || len(none) > 0 {
		t.Errorf("woken before anybody was: %v, %v", none, err)
	}
	contract.Must(t, s.SaveStatus(ctx, status("main", 1)))
	idle(true)
	contract.Must(t, w.Wake(ctx, "main"))
	contract.Must(t, w.Wake(ctx, "other"))
	first, err := w.Woken(ctx)
	contract.Must(t, err)
	contract.Must(t, w.Wake(ctx, "main"))
	next, err := w.Woken(ctx)
	contract.Must(t, err)
	if len(next) != 2 || next["main"] <= first["main"] || next["other"] != first["other"] {
		t.Errorf("woken: %v, then %v", first, next)
	}
	later := status("main", 2)
	later.Idle = false
	contract.Must(t, s.SaveStatus(ctx, later))
	idle(false)
}
