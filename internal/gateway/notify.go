package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"foyer/internal/bucket"
	"foyer/internal/metrics"
	"foyer/internal/notify"
)

// Notifier tells visitors that their turn has come. Repeating it does no harm.
type Notifier interface {
	Notify(ctx context.Context, zone string, old *bucket.Page, page bucket.Page) (notify.Result, error)
}

// Notify answers the notify function's events: records of the grants' stream.
type Notify struct {
	batch
	Turns   Notifier
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Page decodes an image of a page as the stream gives it, and tells its zone.
	Page func(image json.RawMessage) (zone string, p bucket.Page, err error)
}

// Handle takes a batch and names the records that failed.
func (h *Notify) Handle(ctx context.Context, e streamEvent) (Failures, error) {
	defer h.Metrics.Flush()
	return h.each(ctx, e, h.record)
}

func (h *Notify) record(ctx context.Context, r record) error {
	if absent(r.Change.NewImage) {
		return nil // a page that a TTL took away concerns nobody
	}
	zone, page, err := h.Page(r.Change.NewImage)
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	var old *bucket.Page
	if !absent(r.Change.OldImage) {
		_, before, err := h.Page(r.Change.OldImage)
		if err != nil {
			return fmt.Errorf("%w: old image: %w", errMalformed, err)
		}
		old = &before
	}
	result, err := h.Turns.Notify(ctx, zone, old, page)
	h.count(zone, old, page, result)
	return err
}

// count records what the push came to. The lag is that of a new page, which knows its own time to the millisecond.
func (h *Notify) count(zone string, old *bucket.Page, page bucket.Page, result notify.Result) {
	h.Metrics.Add(zone, metrics.Pushes, result.Pushed)
	h.Metrics.Add(zone, metrics.Missed, result.Gone)
	h.Metrics.Add(zone, metrics.PushFailures, result.Failed)
	if old == nil && result.Pushed > 0 {
		h.Metrics.Time(zone, metrics.PushLag, max(h.Now().Sub(page.At), 0))
	}
}
