package order_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/order"
)

// paidOrder is an order of one seat that is paid.
func paidOrder() order.Order {
	return order.Order{
		ID: strings.Repeat("0", 32), Version: 1, State: order.Paid, PaidAt: noon, Amount: 100, Currency: "eur", Session: "cs",
	}
}

// hears makes the steps of what the provider says of a paid order, one after the other.
func hears(t *testing.T, o order.Order, all ...order.Payment) order.Order {
	t.Helper()
	for _, p := range all {
		p.Order, p.Amount, p.Currency = o.ID, o.Amount, o.Currency
		var err error
		if o, _, err = order.Step(o, order.Event{Kind: order.PaymentSeen, Payment: p}, noon); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestAChargebackAfterAnInquiryIsHeard(t *testing.T) {
	var all []order.Payment
	for _, d := range []order.Dispute{order.Disputed, order.DisputeWon, order.Disputed, order.DisputeLost} {
		all = append(all, order.Payment{State: order.PaymentCaptured, Dispute: d})
	}
	if o := hears(t, paidOrder(), all...); o.Dispute != order.DisputeLost {
		t.Errorf("it is remembered as %q", o.Dispute)
	}
}
