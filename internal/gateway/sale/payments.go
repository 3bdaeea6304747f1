package sale

import (
	"context"
	"log/slog"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/sale/order"
)

// OrderDriver brings an order as far as it goes: an authorised payment is captured or cancelled, a captured one
// refunded. Repeating it does no harm; checkout.Driver is one.
type OrderDriver interface {
	Job(ctx context.Context, order string) error
}

// Payments answers the payments function's events: jobs of orders that need something done at the payment provider.
type Payments struct {
	Log     *slog.Logger
	Orders  OrderDriver
	Order   DecodeOrder
	Metrics *metrics.Recorder
}

// Handle takes a batch and names the jobs that could not be done.
func (h *Payments) Handle(ctx context.Context, e feed.JobEvent) (feed.JobFailures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	return feed.EachJob(ctx, h.Log, e, h.Order, func(ctx context.Context, o order.Order) error {
		return h.Orders.Job(ctx, o.ID)
	})
}
