package sale

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/sale/checkout"
)

// HeaderSignature carries Stripe's signature of a webhook.
const HeaderSignature = "stripe-signature"

// maxWebhook is the most bytes that a webhook's body may have; Stripe's have a few thousand.
const maxWebhook = 256 << 10

// WebhookReceiver takes the payment provider's webhooks; checkout.Driver is one. It returns problem.Forbidden for a
// webhook that isn't the provider's; after any other error the provider should send it again.
type WebhookReceiver interface {
	Noticed(ctx context.Context, signature string, body []byte) (checkout.Heard, error)
}

// Webhook answers the webhook function's events.
type Webhook struct {
	web.Gateway
	Orders WebhookReceiver
}

// Handle takes an HTTP API event.
func (h *Webhook) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (web.Response, error) {
	return h.Serve(ctx, e, h.routes()), nil
}

func (h *Webhook) routes() web.Routes {
	return web.Routes{"webhooks/stripe": {http.MethodPost: h.stripe}}
}

func (h *Webhook) stripe(ctx context.Context, r web.Request) (web.Response, error) {
	if len(r.Body) > maxWebhook {
		return web.Response{}, problem.New(problem.TooLarge, "a webhook may have %d bytes", maxWebhook)
	}
	heard, err := h.Orders.Noticed(ctx, r.Header(HeaderSignature), []byte(r.Body))
	if problem.CodeOf(err) == problem.Provider {
		// Nobody waits for this answer, and it is no failure of ours: the provider is asked when it sends the event again.
		return web.Response{}, problem.Wrap(problem.Cooling, err, "the provider can't be asked at the moment: send it again")
	}
	if err != nil {
		return web.Response{}, err // it comes again, and is counted then
	}
	if heard.Declined {
		h.Metrics.Add(heard.Zone, metrics.PaymentsDeclined, 1)
	}
	return web.OK(struct{}{}), nil
}
