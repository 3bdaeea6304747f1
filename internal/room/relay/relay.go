// Package relay keeps the edge's store in step with the zones: it is the last leg of the outbox. A change of a zone
// wakes it, it reads the zone as it stands now, and writes what visitors would see differently.
//
// The edge never goes backwards. The store's version is read first, the zone after it, and the write holds only while
// the store is at that version; so every writer has read the zone later than all who wrote before. Comparing the
// versions inside the values guards the same thing against a table that was put back.
//
// The package must never put into the store what an edge function has no need to know.
package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Gap is the least time between two writes for moving figures alone: every write of the store costs money. A change
// of state, opening, keys or title does not wait.
const Gap = 2 * time.Second

// maxReads is how many zones are read at once.
const maxReads = 8

// attempts is how often a write is tried when others write too.
const attempts = 8

// Zones reads zones as they stand, consistently. It is the part of zone.Store that the relay needs.
type Zones interface {
	event.Reader
	Settings(ctx context.Context, zone string) (zone.Settings, error)
	Status(ctx context.Context, zone string) (zone.Status, error)
}

// Rules reads the hosts' rules as they stand, consistently. It is the part of rules.Store that the relay needs.
type Rules interface {
	Rules(ctx context.Context) (rules.Set, error)
}

// Keys returns the token keys that the edge needs for a zone, the signing one first. Refresh makes the next call answer
// with the keys as they are now, not as they were remembered.
type Keys interface {
	EdgeKeys(ctx context.Context, zone string) (token.EdgeKeys, error)
	Refresh(ctx context.Context) error
}

// Relay writes the edge's store. It may be used by several goroutines; they take turns.
type Relay struct {
	Zones Zones
	Rules Rules
	Edge  Store
	Keys  Keys
	Now   func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a random time up to max, to part writers that collided.
	Jitter func(max time.Duration) time.Duration

	turn    sync.Mutex
	reading sync.Mutex        // guards known while zones are read side by side
	wrote   time.Time         // when this relay last wrote
	version string            // of the store, when known was true
	known   map[string]string // what the store holds at that version; empty: nothing
}

// Report is what one Sync did.
type Report struct {
	Written []string                 // zones whose values were written
	Lag     map[string]time.Duration // per written zone: how old its new status, or else its new census, was by then
	Failed  map[string]error         // zones that the edge may not be in step with
}

// Sync brings the edge in step with these zones, in as few writes as they fit into. What can't wait is written first,
// at once; moving figures that don't fit beside it wait for Gap, all together. A zone that fails does not keep the
// others back. The edge forgets a zone that has no settings, or is being deleted. rules.Name stands for the
// rules of all hosts.
func (r *Relay) Sync(ctx context.Context, zones ...string) Report {
	r.turn.Lock()
	defer r.turn.Unlock()
	report := Report{Lag: map[string]time.Duration{}, Failed: map[string]error{}}
	names := slices.Compact(slices.Sorted(slices.Values(zones)))
	if err := r.sync(ctx, names, &report); err != nil {
		for _, name := range names {
			if !slices.Contains(report.Written, name) {
				report.Failed[name] = err
			}
		}
	}
	return report
}

// sync writes what the zones need, reading everything again after each conflict and after waiting.
func (r *Relay) sync(ctx context.Context, zones []string, report *Report) error {
	waited := false
	for try := 0; try < attempts; {
		plan, err := r.plan(ctx, zones)
		if err != nil {
			return err
		}
		report.Failed = plan.failed
		atOnce, later := plan.parts(waited || !r.Now().Before(r.wrote.Add(Gap)))
		switch err = r.write(ctx, plan.version, atOnce, report); {
		case errors.Is(err, ErrConflict):
			if err := r.Sleep(ctx, r.Jitter(10*time.Millisecond<<try)); err != nil {
				return err
			}
			try++
			continue
		case err != nil || len(later) == 0:
			return err
		}
		waited = true
		if err := r.Sleep(ctx, r.wrote.Add(Gap).Sub(r.Now())); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w, %d times in a row", ErrConflict, attempts)
}

// plan is what to write, read at one version of the store.
type plan struct {
	version string
	changes []change
	failed  map[string]error
}

// change is what to write for one zone.
type change struct {
	zone   string
	puts   map[string]string
	urgent bool
	at     time.Time // when what is new came about; zero: unknown
}

// parts divides the changes into writes of at most maxKeys keys, urgent ones first: those to be made at once, which is
// all if due and otherwise as many as urgent ones need, and the rest.
func (p *plan) parts(due bool) (atOnce, later [][]change) {
	slices.SortStableFunc(p.changes, func(a, b change) int { return bit(b.urgent) - bit(a.urgent) })
	for _, part := range packed(p.changes) {
		if due || part[0].urgent {
			atOnce = append(atOnce, part)
		} else {
			later = append(later, part)
		}
	}
	return atOnce, later
}

// packed divides changes, in order, into parts of at most maxKeys keys.
func packed(changes []change) (parts [][]change) {
	keys := maxKeys
	for _, c := range changes {
		if keys += len(c.puts); keys > maxKeys {
			parts, keys = append(parts, nil), len(c.puts)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], c)
	}
	return parts
}

// plan reads the store's version, then what it holds, then the zones: the order is what keeps the edge from going
// backwards.
func (r *Relay) plan(ctx context.Context, zones []string) (*plan, error) {
	version, err := r.Edge.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("edge store's version: %w", err)
	}
	if version != r.version {
		r.version, r.known = version, map[string]string{}
	}
	p := &plan{version: version, failed: map[string]error{}}
	changes, failed := make([]change, len(zones)), make([]error, len(zones))
	_ = parallel.Do(ctx, len(zones), maxReads, func(i int) error {
		changes[i], failed[i] = r.zone(ctx, zones[i])
		return nil
	})
	for i, name := range zones {
		if failed[i] != nil {
			p.failed[name] = failed[i]
		} else if len(changes[i].puts) > 0 {
			p.changes = append(p.changes, changes[i])
		}
	}
	return p, nil
}

// hosts returns what the hosts' rules need. A host that has no rules any more has an empty value.
func (r *Relay) hosts(ctx context.Context) (change, error) {
	c := change{zone: rules.Name, puts: map[string]string{}, urgent: true}
	set, err := r.Rules.Rules(ctx)
	if err != nil {
		return c, err
	}
	for host, list := range set.Hosts {
		key, want := rulesKey(host), rules.Value(set.Version, list)
		have, err := r.text(ctx, key)
		if err != nil {
			return c, err
		}
		behind, same := rules.Behind(have, want)
		if behind {
			return c, fmt.Errorf("%w: rules of %s", ErrBehind, host)
		}
		if !same {
			c.puts[key] = want
		}
	}
	return c, nil
}

// zone returns what one zone needs.
func (r *Relay) zone(ctx context.Context, name string) (change, error) {
	if name == rules.Name {
		return r.hosts(ctx)
	}
	c := change{zone: name, puts: map[string]string{}}
	var have state
	var counted knots
	hadState, err := r.read(ctx, stateKey(name), &have)
	if err != nil {
		return c, err
	}
	hadKnots, err := r.read(ctx, knotsKey(name), &counted)
	if err != nil {
		return c, err
	}
	want, count, found, err := r.want(ctx, name, have)
	if err != nil {
		return c, err
	}
	if !found {
		return r.gone(ctx, c)
	}
	if hadState && want.behind(have) {
		return c, fmt.Errorf("%w: zone %s has versions %v there and %v here", ErrBehind, name, have.Versions, want.Versions)
	}
	if !hadState || !sameState(want, have) {
		c.puts[stateKey(name)] = string(encode(want))
		c.urgent = !hadState || urgent(want, have)
		if want.Versions[1] > have.Versions[1] {
			c.at = time.UnixMilli(want.At)
		}
	}
	if !hadKnots || count.after(counted) {
		c.puts[knotsKey(name)] = string(encode(count))
		if c.at.IsZero() {
			c.at = count.ended
		}
	}
	return c, nil
}

// gone takes away what the edge knows of a zone that was deleted.
func (r *Relay) gone(ctx context.Context, c change) (change, error) {
	for _, key := range []string{stateKey(c.zone), knotsKey(c.zone)} {
		have, err := r.text(ctx, key)
		if err != nil {
			return c, err
		}
		if have != "" {
			c.puts[key], c.urgent = "", true
		}
	}
	return c, nil
}

// want reads the zone. Keys that differ from the edge's are read anew before they are used: another relay may have seen
// a rotation that this one has not.
func (r *Relay) want(ctx context.Context, name string, have state) (state, knots, bool, error) {
	settings, err := r.Zones.Settings(ctx, name)
	if problem.CodeOf(err) == problem.UnknownZone || err == nil && settings.Clearing == zone.Deleting {
		return state{}, knots{}, false, nil
	}
	if err != nil {
		return state{}, knots{}, false, err
	}
	status, err := r.Zones.Status(ctx, name)
	if err != nil {
		return state{}, knots{}, false, err
	}
	told, err := r.Zones.Event(ctx, name)
	if err != nil {
		return state{}, knots{}, false, err
	}
	keys, err := r.Keys.EdgeKeys(ctx, name)
	if err == nil && !keys.Equal(have.EdgeKeys) {
		if err = r.Keys.Refresh(ctx); err == nil {
			keys, err = r.Keys.EdgeKeys(ctx, name)
		}
	}
	if err != nil {
		return state{}, knots{}, false, fmt.Errorf("token keys: %w", err)
	}
	z, n := compose(settings, told.Told(settings.Title), status, keys, r.Now())
	return z, n, true, nil
}

// read decodes one stored value. One that can't be decoded, as none can't, counts as none: it is overwritten.
func (r *Relay) read(ctx context.Context, key string, into any) (found bool, err error) {
	text, err := r.text(ctx, key)
	return json.Unmarshal([]byte(text), into) == nil, err
}

// text returns one stored value as it stands at the store's version; empty: there is none.
func (r *Relay) text(ctx context.Context, key string) (string, error) {
	r.reading.Lock()
	text, isKnown := r.known[key]
	r.reading.Unlock()
	if isKnown {
		return text, nil
	}
	text, _, err := r.Edge.Get(ctx, key)
	if err == nil {
		r.reading.Lock()
		r.known[key] = text
		r.reading.Unlock()
	}
	return text, err
}

// write makes the writes one after the other, each at the version that the one before left behind: nobody else wrote
// since the zones were read.
func (r *Relay) write(ctx context.Context, version string, parts [][]change, report *Report) error {
	for _, part := range parts {
		puts := map[string]string{}
		for _, c := range part {
			maps.Copy(puts, c.puts)
		}
		next, err := r.Edge.Put(ctx, version, puts)
		if err != nil {
			r.version = ""
			return err
		}
		version, r.version, r.wrote = next, next, r.Now()
		maps.Copy(r.known, puts)
		for _, c := range part {
			report.add(c, r.wrote)
		}
	}
	return nil
}

// add notes that a zone's values were written.
func (r *Report) add(c change, now time.Time) {
	if !slices.Contains(r.Written, c.zone) {
		r.Written = append(r.Written, c.zone)
	}
	if !c.at.IsZero() {
		r.Lag[c.zone] = now.Sub(c.at)
	}
}
