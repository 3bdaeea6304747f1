package sale

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/sale/viewers"
)

// Deliverer pushes a zone's changes to its viewers; viewers.Service is one. After an error the changes should be
// delivered again; twice does no harm.
type Deliverer interface {
	Deliver(ctx context.Context, c viewers.Changes) (viewers.Result, error)
}

// Fanout answers the fanout function's events: records of the seats' stream.
type Fanout struct {
	Log     *slog.Logger
	Viewers Deliverer
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Seat decodes an image of a seat as the stream gives it, and returns its zone as well; ok is false for an image of
	// something else.
	Seat func(image json.RawMessage) (zone string, s seat.Seat, ok bool, err error)
}

// Handle takes a batch. Of many changes of a zone each viewer gets one message.
func (h *Fanout) Handle(ctx context.Context, e feed.StreamEvent) (feed.Failures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	records := make([]feed.Record, len(e.Records))
	failed := make([]error, len(e.Records))
	zones := map[string]*batch{}
	for i, raw := range e.Records {
		if records[i], failed[i] = feed.Parse(raw); failed[i] == nil {
			failed[i] = h.gather(zones, i, records[i])
		}
	}
	var wg sync.WaitGroup
	for _, b := range zones {
		wg.Go(func() { h.deliver(ctx, b, failed) })
	}
	wg.Wait()
	return feed.Answer(ctx, h.Log, records, failed)
}

// batch is the changes of one zone, and the indexes of their records.
type batch struct {
	viewers.Changes
	records []int
}

func (h *Fanout) gather(zones map[string]*batch, i int, r feed.Record) error {
	if feed.Absent(r.Change.NewImage) {
		return nil // seats are never deleted
	}
	zone, one, ok, err := h.Seat(r.Change.NewImage)
	if err != nil {
		return fmt.Errorf("%w: %w", feed.ErrMalformed, err)
	}
	if !ok {
		return nil
	}
	b := zones[zone]
	if b == nil {
		b = &batch{Changes: viewers.Changes{Zone: zone}}
		zones[zone] = b
	}
	b.records = append(b.records, i)
	b.Add(venue.SectionOf(one.ID), one, h.Now())
	return nil
}

// deliver pushes one zone's changes. If that fails, each of the zone's records failed.
func (h *Fanout) deliver(ctx context.Context, b *batch, failed []error) {
	result, err := h.Viewers.Deliver(ctx, b.Changes)
	for _, i := range b.records {
		failed[i] = err
	}
	h.Metrics.Add(b.Zone, metrics.MapPushes, result.Pushed)
	h.Metrics.Add(b.Zone, metrics.MapPushFailures, result.Failed)
	if result.Hushed > 0 {
		h.Metrics.Add(b.Zone, metrics.MapsHushed, result.Hushed)
	}
}
