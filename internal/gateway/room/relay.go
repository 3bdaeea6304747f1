package room

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/parallel"
	"foyer/internal/room/relay"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

// Syncer brings the edge in step with zones as they are now; relay.Relay is one.
type Syncer interface {
	Sync(ctx context.Context, zones ...string) relay.Report
}

// Relay answers the relay function's events: records of the zones' stream. The records only say which zones to look
// at: many records of a zone become one write, of the zone as it is now.
type Relay struct {
	Log     *slog.Logger
	Edge    Syncer
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Start starts what looks at zones every second, which ends where no zone needs it.
	Start func(context.Context) error
	// Announce starts the pushing of a zone's new state to those nearest in its line.
	Announce func(ctx context.Context, zone string) error

	started time.Time
}

// Handle takes a batch and names the records of the zones that failed. A failure that no retry can mend is only logged,
// so that it doesn't hold up other zones.
func (h *Relay) Handle(ctx context.Context, e feed.StreamEvent) (feed.Failures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	records, failed := make([]feed.Record, len(e.Records)), make([]error, len(e.Records))
	var names []string
	for i, raw := range e.Records {
		var name string
		if records[i], failed[i] = feed.Parse(raw); failed[i] == nil {
			name, failed[i] = zoneOf(records[i])
		}
		if failed[i] == nil {
			names = append(names, name)
		}
	}
	h.wake(ctx, records)
	h.announce(ctx, records)
	report := h.sync(ctx, names)
	for i := range records {
		if err := report.Failed[records[i].Change.Keys["zone"].S]; failed[i] == nil && !errors.Is(err, relay.ErrBehind) {
			failed[i] = err
		}
	}
	return feed.Answer(ctx, h.Log, records, failed)
}

// wake starts what looks at zones every second when one of the records makes a zone need that. What was just started
// runs for a while, unless a zone has been closed since.
func (h *Relay) wake(ctx context.Context, records []feed.Record) {
	now, needed := h.Now(), false
	for _, r := range records {
		if r.Change.Keys["item"].S != "settings" {
			continue
		}
		before, after := runs(r.Change.OldImage, now), runs(r.Change.NewImage, now)
		needed = needed || after && !before
		if before && !after {
			h.started = time.Time{}
		}
	}
	if !needed || now.Sub(h.started) < startedFor {
		return
	}
	h.started = now
	if err := h.Start(ctx); err != nil { // the schedule starts them within a minute
		h.Log.LogAttrs(ctx, slog.LevelError, "not started", slog.String("cause", err.Error()))
	}
}

// seen are the attributes of each kind of item whose changes those who wait hear of at once.
var seen = map[string][]string{
	"settings": {"state", "opensAt", "letThrough"}, "event": {"data"}, "status": {"state", "soldOut"},
}

// announce has the changes announced that are in the records. What isn't, pages learn by polling.
func (h *Relay) announce(ctx context.Context, records []feed.Record) {
	var zones []string
	for _, r := range records {
		name, item := r.Change.Keys["zone"].S, r.Change.Keys["item"].S
		made := feed.Absent(r.Change.OldImage) && item != "event" // nobody has seen another yet
		if !made && zone.IsName(name) && differ(r.Change.OldImage, r.Change.NewImage, seen[item]) {
			zones = append(zones, name)
		}
	}
	slices.Sort(zones)
	zones = slices.Compact(zones)
	_ = parallel.Do(ctx, len(zones), maxStarts, func(i int) error {
		err := h.Announce(ctx, zones[i])
		if err != nil {
			h.Log.LogAttrs(ctx, slog.LevelError, "not announced", slog.String("zone", zones[i]),
				slog.String("cause", err.Error()))
		}
		return err
	})
}

// maxStarts is how many announcements are started at once.
const maxStarts = 16

// differ reports whether one of the attributes differs between two images. One that is gone differs in nothing.
func differ(before, after json.RawMessage, attributes []string) bool {
	var a, b map[string]json.RawMessage
	if feed.Absent(after) || json.Unmarshal(after, &b) != nil {
		return false
	}
	if !feed.Absent(before) && json.Unmarshal(before, &a) != nil {
		return false
	}
	return slices.ContainsFunc(attributes, func(name string) bool { return !bytes.Equal(a[name], b[name]) })
}

// startedFor is how long nothing is started again: it is running.
const startedFor = 30 * time.Second

// runs reports whether a zone with these settings has to be looked at every second. One that isn't there hasn't.
func runs(image json.RawMessage, now time.Time) bool {
	var at struct {
		State, Policy struct{ S string }
		OpensAt       struct {
			N int64 `json:",string"`
		}
	}
	err := json.Unmarshal(image, &at)
	s := zone.Settings{State: zone.State(at.State.S), Policy: zone.Policy(at.Policy.S)}
	if at.OpensAt.N > 0 {
		s.OpensAt = time.UnixMilli(at.OpensAt.N)
	}
	return err == nil && s.Runs(now)
}

// zoneOf returns the zone of a record, or rules.Name.
func zoneOf(r feed.Record) (string, error) {
	name := r.Change.Keys["zone"].S
	if !zone.IsName(name) && name != rules.Name {
		return "", fmt.Errorf("%w: its key names no zone", feed.ErrMalformed)
	}
	return name, nil
}

func (h *Relay) sync(ctx context.Context, names []string) relay.Report {
	slices.Sort(names)
	report := h.Edge.Sync(ctx, slices.Compact(names)...)
	for _, name := range report.Written {
		h.Metrics.Add(name, metrics.RelayWrites, 1)
	}
	for name, err := range report.Failed {
		h.Log.LogAttrs(ctx, slog.LevelError, "not relayed", slog.String("zone", name), slog.String("cause", err.Error()))
	}
	for name, lag := range report.Lag {
		h.Metrics.Time(name, metrics.RelayLag, max(lag, 0))
	}
	return report
}
