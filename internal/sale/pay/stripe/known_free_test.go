package stripe

import (
	"testing"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

func TestKnownACompletedCheckoutOfNothingToPayIsUnpaid(t *testing.T) {
	known.Fault(t, "a completed checkout of nothing to pay, which has no payment, is taken for unpaid")
	p := ofSession(&sdk.CheckoutSession{
		ID: "cs_1", ClientReferenceID: "o1", Status: sdk.CheckoutSessionStatusComplete,
		PaymentStatus: sdk.CheckoutSessionPaymentStatusNoPaymentRequired, Currency: "eur",
	})
	if p.State == order.PaymentUnpaid {
		t.Errorf("it is %q", p.State)
	}
}
