package stripe

import (
	"slices"
	"strconv"
	"strings"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
)

// ofSession returns how the money stands according to a checkout with its payment.
func ofSession(s *sdk.CheckoutSession) order.Payment {
	if s == nil {
		return order.Payment{}
	}
	p := order.Payment{
		Order: s.ClientReferenceID, Session: s.ID, State: order.PaymentUnpaid,
		Amount: s.AmountTotal, Currency: string(s.Currency),
	}
	switch {
	case s.PaymentIntent != nil && s.PaymentIntent.Status != "": // expanded
		intent := ofIntent(s.ID, s.PaymentIntent)
		p.ID, p.State, p.RefundedTotal, p.Failed = intent.ID, intent.State, intent.RefundedTotal, intent.Failed
		if p.State != order.PaymentCancelled {
			p.Amount, p.Currency = intent.Amount, intent.Currency // what would be charged, not what the page shows
		}
	case s.PaymentIntent != nil:
		p.ID = s.PaymentIntent.ID
	case s.Status == sdk.CheckoutSessionStatusComplete &&
		s.PaymentStatus == sdk.CheckoutSessionPaymentStatusNoPaymentRequired:
		p.State = order.PaymentFree
	}
	// A payment may have no card yet while the page is open. A page that has expired takes no card any more.
	if s.Status == sdk.CheckoutSessionStatusExpired && p.State == order.PaymentUnpaid {
		p.State = order.PaymentCancelled
	}
	return p
}

// disputed reports whether the buyer's bank disputes a payment, so that it is worth asking how that stands.
func disputed(i *sdk.PaymentIntent) bool {
	return i != nil && i.LatestCharge != nil && i.LatestCharge.Disputed
}

// ofIntent returns how the money stands according to a payment.
func ofIntent(session string, i *sdk.PaymentIntent) order.Payment {
	if i == nil {
		return order.Payment{}
	}
	p := order.Payment{
		Order: i.Metadata[metaOrder], Session: session, ID: i.ID, State: order.PaymentUnpaid,
		Amount: i.Amount, Currency: string(i.Currency),
	}
	switch i.Status {
	case sdk.PaymentIntentStatusRequiresCapture:
		p.State = order.PaymentAuthorised
	case sdk.PaymentIntentStatusCanceled:
		p.State = order.PaymentCancelled
	case sdk.PaymentIntentStatusSucceeded:
		p.State, p.Amount = order.PaymentCaptured, i.AmountReceived
		if i.LatestCharge == nil {
			break
		}
		p.RefundedTotal = i.LatestCharge.AmountRefunded
		if i.LatestCharge.Refunds != nil {
			p.RefundedTotal, p.Failed = ofRefunds(i.LatestCharge.Refunds.Data)
		}
		if p.Amount > 0 && p.RefundedTotal == p.Amount {
			p.State = order.PaymentRefunded
		}
	}
	return p
}

// ofRefunds is what went back, and what came back again: a bank may return a refund days after it succeeded.
func ofRefunds(all []*sdk.Refund) (total int64, failed []order.RefundFailure) {
	for _, r := range all {
		if r.Status != sdk.RefundStatusFailed && r.Status != sdk.RefundStatusCanceled {
			total += r.Amount
			continue
		}
		number, _ := strconv.Atoi(r.Metadata[metaReturn]) // 0: made directly at Stripe, or of the whole remainder
		failed = append(failed, order.RefundFailure{ID: r.ID, Number: number, Amount: r.Amount})
	}
	slices.SortFunc(failed, func(a, b order.RefundFailure) int { return strings.Compare(a.ID, b.ID) })
	return total, failed
}

// ofDisputes returns the worst state of a payment's disputes, which are rarely several: open, else lost, else an
// inquiry, else won.
func ofDisputes(all []*sdk.Dispute) order.Dispute {
	weight := map[order.Dispute]int{order.DisputeWon: 1, order.Inquired: 2, order.DisputeLost: 3, order.Disputed: 4}
	worst := order.Undisputed
	for _, d := range all {
		if one := ofDispute(d.Status); weight[one] > weight[worst] {
			worst = one
		}
	}
	return worst
}

func ofDispute(s sdk.DisputeStatus) order.Dispute {
	switch s {
	case sdk.DisputeStatusLost:
		return order.DisputeLost
	case sdk.DisputeStatusWon, sdk.DisputeStatusPrevented, sdk.DisputeStatusWarningClosed:
		return order.DisputeWon
	case sdk.DisputeStatusWarningNeedsResponse, sdk.DisputeStatusWarningUnderReview:
		return order.Inquired
	}
	return order.Disputed
}
