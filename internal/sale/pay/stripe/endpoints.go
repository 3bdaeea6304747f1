package stripe

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/stripe/stripe-go/v83"
)

// Endpoint is an address that Stripe sends events to.
type Endpoint struct {
	URL     string
	Enabled bool
	Events  []string
	Version string // of Stripe's API, in which events are written; empty: the account's own
}

// Events are those by which a sale hears of payments, refunds and disputes.
var Events = []string{
	"checkout.session.completed", "checkout.session.expired",
	"payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.payment_failed",
	"payment_intent.canceled", "charge.refunded", "refund.created", "refund.updated", "refund.failed",
	"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
}

// Missing returns the events that the endpoint isn't sent. An asterisk stands for all.
func (e Endpoint) Missing() []string {
	return slices.DeleteFunc(slices.Clone(Events), func(event string) bool {
		return slices.Contains(e.Events, "*") || slices.Contains(e.Events, event)
	})
}

// Endpoints returns the account's endpoints. The key needs the right to read them.
func (p *Provider) Endpoints(ctx context.Context) (all []Endpoint, err error) {
	api, err := p.api(ctx)
	if err != nil {
		return nil, err
	}
	params := &sdk.WebhookEndpointListParams{}
	params.Limit = sdk.Int64(pageSize)
	for e, err := range api.V1WebhookEndpoints.List(ctx, params) {
		if err != nil {
			return nil, failure(err)
		}
		all = append(all, Endpoint{strings.TrimRight(e.URL, "/"), e.Status == "enabled", e.EnabledEvents, e.APIVersion})
	}
	return all, nil
}
