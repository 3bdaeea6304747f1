package gateway

import (
	"context"
	"log/slog"
	"time"

	"foyer/internal/metrics"
	"foyer/internal/order"
)

// TicketSender sends the tickets of a paid order, once, however often it is asked. sent tells whether it did so now.
type TicketSender interface {
	Ticket(ctx context.Context, order string) (sent bool, err error)
}

// Mailer answers the mailer function's events: jobs of orders that were paid.
type Mailer struct {
	Log     *slog.Logger
	Mails   TicketSender
	Order   DecodeOrder
	Metrics *metrics.Recorder
	Now     func() time.Time
}

// Handle takes a batch and names the jobs whose mail is not out.
func (h *Mailer) Handle(ctx context.Context, e JobEvent) (JobFailures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := within(ctx)
	defer cancel()
	return eachJob(ctx, h.Log, e, h.Order, func(ctx context.Context, o order.Order) error {
		sent, err := h.Mails.Ticket(ctx, o.ID)
		switch {
		case err != nil:
			h.Metrics.Add(o.Zone, metrics.MailFailures, 1)
		case sent:
			h.Metrics.Add(o.Zone, metrics.Mails, 1)
			h.Metrics.Time(o.Zone, metrics.MailLag, max(h.Now().Sub(o.PaidAt), 0))
		}
		return err
	})
}
