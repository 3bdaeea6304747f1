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

// Teller tells viewers what changed in a zone; viewers.Service is one. An error means that it should be told again;
// twice does no harm.
type Deliverer interface {
	Deliver(ctx context.Context, c viewers.Changes) (viewers.Result, error)
}

// Fanout answers the fanout function's events: records of the seats' stream.
type Fanout struct {
	Log     *slog.Logger
	Viewers Deliverer
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Seat decodes an image of a seat as the stream gives it, and tells its zone; ok is false for what is no seat.
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

// batch is what is new in one zone, and the records that said so.
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

// tell sends one zone's changes. Each record of a zone that could not be told failed.
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
