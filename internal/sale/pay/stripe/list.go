package stripe

import (
	"context"
	"time"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/pay"
)

// pageSize is the most objects that Stripe lists at a time.
const pageSize = 100

var _ pay.Lister = (*Provider)(nil)

// List implements pay.Lister. A page is one call, and one more for each payment on it that a bank disputes.
func (p *Provider) List(ctx context.Context, from, to time.Time, after string) (page pay.Page, err error) {
	api, err := p.api(ctx)
	if err != nil {
		return page, err
	}
	params := &sdk.CheckoutSessionListParams{
		CreatedRange: &sdk.RangeQueryParams{GreaterThanOrEqual: from.Unix(), LesserThan: to.Unix()},
	}
	params.Limit, params.Single = sdk.Int64(pageSize), true
	params.AddExpand("data.payment_intent.latest_charge")
	if after != "" {
		params.StartingAfter = sdk.String(after)
	}
	var last string
	for s, err := range api.V1CheckoutSessions.List(ctx, params) {
		if err != nil {
			return page, failure(err)
		}
		one := ofSession(s)
		if disputed(s.PaymentIntent) {
			if one.Dispute, err = p.Disputes(ctx, one.ID); err != nil {
				return page, err
			}
		}
		page.Payments, last = append(page.Payments, one), s.ID
	}
	if len(page.Payments) == pageSize {
		page.Next = last
	}
	return page, nil
}
