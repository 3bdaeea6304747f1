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

	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Gap is the least time between two writes for moving figures alone: every write of the store costs money. A change
// of state, opening, keys or title does not wait.
const Gap = 2 * time.Second

// attempts is how often a write is tried when others write too.
const attempts = 8

// Zones reads zones as they stand, consistently. It is the part of zone.Store that the relay needs.
type Zones interface {
	Settings(ctx context.Context, zone string) (zone.Settings, error)
	Status(ctx context.Context, zone string) (zone.Status, error)
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
	Edge  Store
	Keys  Keys
	Now   func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a random time up to max, to part writers that collided.
	Jitter func(max time.Duration) time.Duration

	turn    sync.Mutex
	wrote   time.Time         // when this relay last wrote
	version string            // of the store, when known was true
	known   map[string]string // what the store holds at that version
}

// Report is what one Sync did.
type Report struct {
	Written []string                 // zones whose values were written
	Lag     map[string]time.Duration // per written zone: how old its new status, or else its new census, was by then
	Failed  map[string]error         // zones that the edge may not be in step with
}

// Sync brings the edge in step with these zones, in one write where they fit. A zone that fails does not keep the
// others back. A zone without settings is passed over: there is nothing to write for it.
func (r *Relay) Sync(ctx context.Context, zones ...string) Report {
	r.turn.Lock()
	defer r.turn.Unlock()
	report := Report{Lag: map[string]time.Duration{}, Failed: map[string]error{}}
	names := slices.Compact(slices.Sorted(slices.Values(zones)))
	for part := range slices.Chunk(names, maxKeys/2) {
		r.sync(ctx, part, &report)
	}
	return report
}

// sync writes at most maxKeys/2 zones, reading everything again after each conflict.
func (r *Relay) sync(ctx context.Context, zones []string, report *Report) {
	fail := func(err error) {
		for _, name := range zones {
			report.Failed[name] = err
		}
	}
	waited := false
	for try := 0; try < attempts; try++ {
		plan, err := r.plan(ctx, zones)
		if err != nil {
			fail(err)
			return
		}
		if wait := r.wrote.Add(Gap).Sub(r.Now()); len(plan.puts) > 0 && !plan.urgent && wait > 0 && !waited {
			waited = true
			if err := r.Sleep(ctx, wait); err != nil {
				fail(err)
				return
			}
			continue // with the zones as they stand by then
		}
		err = r.write(ctx, plan)
		if errors.Is(err, ErrConflict) {
			if err = r.Sleep(ctx, r.Jitter(10*time.Millisecond<<try)); err == nil {
				continue
			}
		}
		if err != nil {
			fail(err)
			return
		}
		plan.report(report, r.Now())
		return
	}
	fail(fmt.Errorf("%w, %d times in a row", ErrConflict, attempts))
}

// plan is what to write, read at one version of the store.
type plan struct {
	version string
	puts    map[string]string
	urgent  bool
	written []string
	changed map[string]time.Time // zone → time of what is new
	failed  map[string]error
}

func (p *plan) report(report *Report, now time.Time) {
	report.Written = append(report.Written, p.written...)
	for name, at := range p.changed {
		report.Lag[name] = now.Sub(at)
	}
	maps.Copy(report.Failed, p.failed)
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
	p := &plan{version: version, puts: map[string]string{}, changed: map[string]time.Time{}, failed: map[string]error{}}
	for _, name := range zones {
		if err := r.zone(ctx, name, p); err != nil {
			p.failed[name] = err
		}
	}
	return p, nil
}

// zone adds to p what one zone needs.
func (r *Relay) zone(ctx context.Context, name string, p *plan) error {
	var have state
	var counted knots
	hadState, err := r.read(ctx, stateKey(name), &have)
	if err != nil {
		return err
	}
	hadKnots, err := r.read(ctx, knotsKey(name), &counted)
	if err != nil {
		return err
	}
	want, count, found, err := r.want(ctx, name, have)
	if err != nil || !found {
		return err
	}
	if hadState && want.behind(have) {
		return fmt.Errorf("%w: zone %s has versions %v there and %v here", ErrBehind, name, have.Versions, want.Versions)
	}
	if !hadState || !sameState(want, have) {
		p.put(name, stateKey(name), want)
		p.urgent = p.urgent || !hadState || urgent(want, have)
		if want.Versions[1] > have.Versions[1] {
			p.changed[name] = time.UnixMilli(want.At)
		}
	}
	if !hadKnots || count.after(counted) {
		p.put(name, knotsKey(name), count)
		if _, known := p.changed[name]; !known && count.At > 0 {
			p.changed[name] = count.ended
		}
	}
	return nil
}

// put adds one value of a zone.
func (p *plan) put(name, key string, value any) {
	p.puts[key] = string(encode(value))
	if !slices.Contains(p.written, name) {
		p.written = append(p.written, name)
	}
}

// want reads the zone. Keys that differ from the edge's are read anew before they are used: another relay may have seen
// a rotation that this one has not.
func (r *Relay) want(ctx context.Context, name string, have state) (state, knots, bool, error) {
	settings, err := r.Zones.Settings(ctx, name)
	if problem.CodeOf(err) == problem.UnknownZone {
		return state{}, knots{}, false, nil
	}
	if err != nil {
		return state{}, knots{}, false, err
	}
	status, err := r.Zones.Status(ctx, name)
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
	z, n := compose(settings, status, keys, r.Now())
	return z, n, true, nil
}

// read decodes one stored value. One that can't be decoded counts as none: it is overwritten.
func (r *Relay) read(ctx context.Context, key string, into any) (found bool, err error) {
	text, ok := r.known[key]
	if !ok {
		if text, ok, err = r.Edge.Get(ctx, key); err != nil || !ok {
			return false, err
		}
		r.known[key] = text
	}
	return json.Unmarshal([]byte(text), into) == nil, nil
}

// write puts the plan's values, if there are any.
func (r *Relay) write(ctx context.Context, p *plan) error {
	if len(p.puts) == 0 {
		return nil
	}
	next, err := r.Edge.Put(ctx, p.version, p.puts)
	if err != nil {
		r.version = ""
		return err
	}
	r.version, r.wrote = next, r.Now()
	maps.Copy(r.known, p.puts)
	return nil
}
