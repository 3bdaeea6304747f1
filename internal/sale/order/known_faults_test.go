package order_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

func TestNamesAreLimitedByCharacters(t *testing.T) {
	for _, name := range []string{strings.Repeat("王", 41), strings.Repeat("Ш", 61)} {
		if _, err := order.CheckName(name); err != nil {
			t.Errorf("%d letters: %v", len([]rune(name)), err)
		}
	}
}

func TestAnAddressThatSESCannotReachIsRefused(t *testing.T) {
	if got, err := order.CheckEmail("josé@example.com"); err == nil {
		t.Errorf("%q passes", got)
	}
}

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

func TestKnownAChargebackAfterAnInquiryIsForgotten(t *testing.T) {
	known.Fault(t, "a chargeback that follows an inquiry closed in our favour leaves the dispute as won")
	var all []order.Payment
	for _, d := range []order.Dispute{order.Disputed, order.DisputeWon, order.Disputed, order.DisputeLost} {
		all = append(all, order.Payment{State: order.PaymentCaptured, Dispute: d})
	}
	if o := hears(t, paidOrder(), all...); o.Dispute != order.DisputeLost {
		t.Errorf("it is remembered as %q", o.Dispute)
	}
}

func TestKnownARefundThatTheBankSendsBackStaysDone(t *testing.T) {
	known.Fault(t, "an order stays refunded when the refund fails, as the buyer's account is closed")
	o := paidOrder()
	o.RefundAt = noon
	o = hears(t, o, order.Payment{State: order.PaymentRefunded, RefundedTotal: 100})
	o = hears(t, o, order.Payment{State: order.PaymentCaptured})
	if o.State == order.Refunded {
		t.Errorf("it is %s, open %v, though the provider has the money", o.State, o.Open())
	}
}
