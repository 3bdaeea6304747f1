package stripe

import (
	"testing"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

// A free order: Stripe completes the session with payment_status no_payment_required and no PaymentIntent.
func TestKnownFreeOrder(t *testing.T) {
	known.Fault(t, "free order")
	p := ofSession(
		&sdk.CheckoutSession{
			ID:                "cs_1",
			ClientReferenceID: "o",
			Status:            sdk.CheckoutSessionStatusComplete,
			PaymentStatus:     sdk.CheckoutSessionPaymentStatusNoPaymentRequired,
			AmountTotal:       0,
			Currency:          "eur",
		},
	)
	if p.State == order.PaymentUnpaid {
		t.Errorf("FAIL: a completed no-cost session is taken for %q", p.State)
	}
}
