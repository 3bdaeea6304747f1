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

// Notifier pushes to visitors that their turn has come; notify.Service is one. Repeating it does no harm.
type Notifier interface {
	Notify(ctx context.Context, zone string, old *bucket.Page, page bucket.Page) (notify.Result, error)
}

// Notify answers the notify function's events: records of the grants' stream.
type Notify struct {
	Log     *slog.Logger
	Turns   Notifier
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Page decodes an image of a page as the stream gives it, and returns its zone as well.
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
		return nil // nobody waits for a page whose time to live has ended
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

// count records a new page's visitors. metrics.Grants counts what becomes of them.
func (h *Notify) count(zone string, page bucket.Page) {
	h.Metrics.Add(zone, metrics.Called, len(page.Grants))
	for _, g := range page.Grants {
		if waited, known := wait(g, page.At); known {
			h.Metrics.Time(zone, metrics.Wait, waited)
		}
	}
}

// longestWait is the longest time that a visitor can have waited: a visitor token lives no longer.
const longestWait = token.VisitorLife

// wait returns how long a visitor waited until the call, if the order key holds the arrival. In a draw it holds a lot
// instead, which is hardly ever a time of the last days.
func wait(g bucket.Grant, called time.Time) (waited time.Duration, known bool) {
	waited = called.Sub(time.UnixMilli(int64(g.Key.Rank())))
	return waited, waited >= 0 && waited <= longestWait
}
