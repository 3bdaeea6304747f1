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

// MailSender sends the e-mails of an order, its tickets and news of refunds, each once, however often it is asked, and
// returns how many it sent now; mail.Service is one.
type MailSender interface {
	SendMails(ctx context.Context, order string) (sent int, err error)
}

// Mailer answers the mailer function's events: jobs of orders that were paid or refunded.
type Mailer struct {
	Log     *slog.Logger
	Mails   MailSender
	Order   DecodeOrder
	Metrics *metrics.Recorder
	Now     func() time.Time
}

// Handle takes a batch and names the jobs whose e-mails were not sent.
func (h *Mailer) Handle(ctx context.Context, e feed.JobEvent) (feed.JobFailures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	return feed.EachJob(ctx, h.Log, e, h.Order, func(ctx context.Context, o order.Order) error {
		sent, err := h.Mails.SendMails(ctx, o.ID)
		if err != nil {
			h.Metrics.Add(o.Zone, metrics.MailFailures, 1)
		}
		if sent > 0 {
			h.Metrics.Add(o.Zone, metrics.Mails, sent)
			h.Metrics.Time(o.Zone, metrics.MailLag, max(h.Now().Sub(o.Moved()), 0))
		}
		return err
	})
}
