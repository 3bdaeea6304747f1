package gateway

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/aws/metrics"
	"foyer/internal/problem"
	"foyer/internal/sale/checkout"
)

// HeaderSignature is what Stripe signs its webhooks with.
const HeaderSignature = "stripe-signature"

// maxWebhook is the most bytes that a webhook may have; Stripe's have a few thousand.
const maxWebhook = 256 << 10

// Listener takes what the payment provider tells; checkout.Service is one. It returns problem.Invalid for what isn't
// the provider's; after any other error the provider should tell again.
type WebhookReceiver interface {
	Noticed(ctx context.Context, signature string, body []byte) (checkout.Heard, error)
}

// Webhook answers the webhook function's events.
type Webhook struct {
	Gateway
	Orders WebhookReceiver
}

// Handle takes an HTTP API event.
func (h *Webhook) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (Response, error) {
	return h.serve(ctx, e, h.routes()), nil
}

func (h *Webhook) routes() routes {
	return routes{"webhooks/stripe": {http.MethodPost: h.stripe}}
}

func (h *Webhook) stripe(ctx context.Context, r request) (Response, error) {
	if len(r.body) > maxWebhook {
		return Response{}, problem.New(problem.TooLarge, "a webhook may have %d bytes", maxWebhook)
	}
	heard, err := h.Orders.Noticed(ctx, r.header(HeaderSignature), []byte(r.body))
	if err != nil {
		return Response{}, err // it comes again, and is counted then
	}
	if heard.Declined {
		h.Metrics.Add(heard.Zone, metrics.PaymentsDeclined, 1)
	}
	return ok(struct{}{}), nil
}
