package room

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/room/bucket"
	"foyer/internal/room/notify"
	"foyer/internal/room/token"
)

// Notifier tells visitors that their turn has come. Repeating it does no harm.
type Notifier interface {
	Notify(ctx context.Context, zone string, old *bucket.Page, page bucket.Page) (notify.Result, error)
}

// Notify answers the notify function's events: records of the grants' stream.
type Notify struct {
	Log     *slog.Logger
	Turns   Notifier
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Page decodes an image of a page as the stream gives it, and tells its zone.
	Page func(image json.RawMessage) (zone string, p bucket.Page, err error)
}

// Handle takes a batch and names the records that failed.
func (h *Notify) Handle(ctx context.Context, e feed.StreamEvent) (feed.Failures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	return feed.Each(ctx, h.Log, e, h.record)
}

func (h *Notify) record(ctx context.Context, r feed.Record) error {
	if feed.Absent(r.Change.NewImage) {
		return nil // a page that a TTL took away concerns nobody
	}
	zone, page, err := h.Page(r.Change.NewImage)
	if err != nil {
		return fmt.Errorf("%w: %w", feed.ErrMalformed, err)
	}
	var old *bucket.Page
	if !feed.Absent(r.Change.OldImage) {
		_, before, err := h.Page(r.Change.OldImage)
		if err != nil {
			return fmt.Errorf("%w: old image: %w", feed.ErrMalformed, err)
		}
		old = &before
	}
	if old == nil {
		h.count(zone, page)
	}
	result, err := h.Turns.Notify(ctx, zone, old, page)
	h.Metrics.Add(zone, metrics.Pushes, result.Pushed)
	h.Metrics.Add(zone, metrics.PushFailures, result.Failed)
	if old == nil && result.Pushed > 0 {
		h.Metrics.Time(zone, metrics.PushLag, max(h.Now().Sub(page.At), 0))
	}
	return err
}

// count records a new page's visitors. What becomes of them is counted where it is written.
func (h *Notify) count(zone string, page bucket.Page) {
	h.Metrics.Add(zone, metrics.Called, len(page.Grants))
	for _, g := range page.Grants {
		if waited, known := wait(g, page.At); known {
			h.Metrics.Time(zone, metrics.Wait, waited)
		}
	}
}

// longestWait is how long a visitor token lives.
const longestWait = token.VisitorLife

// wait is how long a visitor waited until called, where the order key tells the arrival. In a draw it tells a lot
// instead, which is hardly ever a time of the last days.
func wait(g bucket.Grant, called time.Time) (waited time.Duration, known bool) {
	waited = called.Sub(time.UnixMilli(int64(g.Key.Rank())))
	return waited, waited >= 0 && waited <= longestWait
}
