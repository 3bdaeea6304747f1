package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"foyer/internal/metrics"
	"foyer/internal/seat"
	"foyer/internal/venue"
	"foyer/internal/viewers"
)

// Teller tells the viewers of a section what changed; viewers.Service is one. An error means that it should be told
// again; twice does no harm.
type Teller interface {
	Tell(ctx context.Context, c viewers.Changes) (viewers.Result, error)
}

// Fanout answers the fanout function's events: records of the seats' stream.
type Fanout struct {
	Log     *slog.Logger
	Viewers Teller
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Seat decodes an image of a seat as the stream gives it, and tells its zone; ok is false for what is no seat.
	Seat func(image json.RawMessage) (zone string, s seat.Seat, ok bool, err error)
}

// Handle takes a batch. Of many changes of a section its viewers get one message.
func (h *Fanout) Handle(ctx context.Context, e StreamEvent) (Failures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := within(ctx)
	defer cancel()
	records := make([]record, len(e.Records))
	failed := make([]error, len(e.Records))
	sections := map[[2]string]*batch{}
	for i, raw := range e.Records {
		if records[i], failed[i] = parse(raw); failed[i] == nil {
			failed[i] = h.gather(sections, i, records[i])
		}
	}
	var wg sync.WaitGroup
	for _, b := range sections {
		wg.Go(func() { h.tell(ctx, b, failed) })
	}
	wg.Wait()
	return answer(ctx, h.Log, records, failed)
}

// batch is what is new in one section, and the records that said so.
type batch struct {
	viewers.Changes
	records []int
}

func (h *Fanout) gather(sections map[[2]string]*batch, i int, r record) error {
	if absent(r.Change.NewImage) {
		return nil // seats are never deleted
	}
	zone, one, ok, err := h.Seat(r.Change.NewImage)
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	if !ok {
		return nil
	}
	key := [2]string{zone, venue.SectionOf(one.ID)}
	if sections[key] == nil {
		sections[key] = &batch{Changes: viewers.Changes{Zone: key[0], Section: key[1]}}
	}
	b := sections[key]
	b.records = append(b.records, i)
	b.Add(one.ID, one.Mark(h.Now()))
	return nil
}

// tell sends one section's changes. Each record of a section that could not be told failed.
func (h *Fanout) tell(ctx context.Context, b *batch, failed []error) {
	result, err := h.Viewers.Tell(ctx, b.Changes)
	for _, i := range b.records {
		failed[i] = err
	}
	h.Metrics.Add(b.Zone, metrics.MapPushes, result.Pushed)
	h.Metrics.Add(b.Zone, metrics.MapPushFailures, result.Failed)
	if result.Hushed {
		h.Metrics.Add(b.Zone, metrics.MapsHushed, 1)
	}
}
