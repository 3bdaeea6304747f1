package stripe

import (
	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/order"
)

// ofSession is how the money stands by a checkout with its payment.
func ofSession(s *sdk.CheckoutSession) order.Payment {
	if s == nil {
		return order.Payment{}
	}
	p := order.Payment{Order: s.ClientReferenceID, Session: s.ID, State: order.Unpaid, Amount: s.AmountTotal, Currency: string(s.Currency)}
	switch {
	case s.PaymentIntent != nil && s.PaymentIntent.Status != "": // expanded
		intent := ofIntent(s.ID, s.PaymentIntent)
		p.ID, p.State = intent.ID, intent.State
		if p.State != order.NotCharged && (intent.Amount != p.Amount || intent.Currency != p.Currency) {
			p.Amount, p.Currency = intent.Amount, intent.Currency // what would be charged, not what the page says
		}
	case s.PaymentIntent != nil:
		p.ID = s.PaymentIntent.ID
	}
	// A payment may wait for its first card while the page is open. A page that expired takes no card any more.
	if s.Status == sdk.CheckoutSessionStatusExpired && p.State == order.Unpaid {
		p.State = order.NotCharged
	}
	return p
}

// ofIntent is how the money stands by a payment.
func ofIntent(session string, i *sdk.PaymentIntent) order.Payment {
	if i == nil {
		return order.Payment{}
	}
	p := order.Payment{
		Order: i.Metadata[metaOrder], Session: session, ID: i.ID, State: order.Unpaid, Amount: i.Amount, Currency: string(i.Currency),
	}
	switch i.Status {
	case sdk.PaymentIntentStatusRequiresCapture:
		p.State = order.Reserved
	case sdk.PaymentIntentStatusCanceled:
		p.State = order.NotCharged
	case sdk.PaymentIntentStatusSucceeded:
		p.State, p.Amount = order.Captured, i.AmountReceived
		if i.LatestCharge != nil && i.LatestCharge.Refunded {
			p.State = order.PaidBack
		}
	}
	return p
}
