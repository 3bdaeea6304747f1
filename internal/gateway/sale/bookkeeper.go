// Package sale turns the Lambda events of the sale's functions into calls of its services, and what they return into
// answers.
package sale

import (
	"context"
	"log/slog"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/sale/order"
)

// Ledger adds what it must hold of an order, once, however often it is asked, and returns how many rows were new;
// ledger.Book is one.
type Ledger interface {
	Book(ctx context.Context, o order.Order) (rows int, err error)
}

// Bookkeeper answers the bookkeeper function's events: jobs of orders that were paid or refunded.
type Bookkeeper struct {
	Log     *slog.Logger
	Ledger  Ledger
	Order   DecodeOrder
	Metrics *metrics.Recorder
	Now     func() time.Time
}

// Handle takes a batch and names the jobs that are not in the books.
func (h *Bookkeeper) Handle(ctx context.Context, e feed.JobEvent) (feed.JobFailures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	return feed.EachJob(ctx, h.Log, e, h.Order, func(ctx context.Context, o order.Order) error {
		rows, err := h.Ledger.Book(ctx, o)
		switch {
		case err != nil:
			h.Metrics.Add(o.Zone, metrics.BookingFailures, 1)
		case rows > 0:
			h.Metrics.Add(o.Zone, metrics.Booked, rows)
			h.Metrics.Time(o.Zone, metrics.BookingLag, max(h.Now().Sub(o.Moved()), 0))
		}
		return err
	})
}
