package stripe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
)

func TestWhatASessionSays(t *testing.T) {
	open, complete, expired := sdk.CheckoutSessionStatusOpen, sdk.CheckoutSessionStatusComplete,
		sdk.CheckoutSessionStatusExpired
	free := sdk.CheckoutSessionPaymentStatusNoPaymentRequired
	intent := func(status sdk.PaymentIntentStatus, amount, received int64, charge *sdk.Charge) *sdk.PaymentIntent {
		return &sdk.PaymentIntent{
			ID: "pi_1", Status: status, Amount: amount, AmountReceived: received, Currency: "usd", LatestCharge: charge,
		}
	}
	refund := func(id string, status sdk.RefundStatus, amount int64, number string) *sdk.Refund {
		r := &sdk.Refund{ID: id, Status: status, Amount: amount, Metadata: map[string]string{}}
		if number != "" {
			r.Metadata[metaReturn] = number
		}
		return r
	}
	charge := func(refunded int64, all ...*sdk.Refund) *sdk.Charge {
		return &sdk.Charge{AmountRefunded: refunded, Refunds: &sdk.RefundList{Data: all}}
	}
	for name, c := range map[string]struct {
		session sdk.CheckoutSession
		want    order.Payment
	}{
		"nobody has paid":         {sdk.CheckoutSession{Status: open}, order.Payment{State: order.PaymentUnpaid}},
		"nobody can pay any more": {sdk.CheckoutSession{Status: expired}, order.Payment{State: order.PaymentCancelled}},
		"there was nothing to pay": {
			sdk.CheckoutSession{Status: complete, PaymentStatus: free}, order.Payment{State: order.PaymentFree},
		},
		"nothing to pay, and open": {
			sdk.CheckoutSession{Status: open, PaymentStatus: free}, order.Payment{State: order.PaymentUnpaid},
		},
		"the payment counts, not the page": {
			sdk.CheckoutSession{
				Status: complete, AmountTotal: 8000, Currency: "eur",
				PaymentIntent: intent(sdk.PaymentIntentStatusRequiresCapture, 7000, 0, nil),
			},
			order.Payment{ID: "pi_1", State: order.PaymentAuthorised, Amount: 7000, Currency: "usd"},
		},
		"what was captured counts, not what was authorised": {
			sdk.CheckoutSession{
				Status: complete, AmountTotal: 8000, Currency: "usd",
				PaymentIntent: intent(sdk.PaymentIntentStatusSucceeded, 8000, 5000, charge(0)),
			},
			order.Payment{ID: "pi_1", State: order.PaymentCaptured, Amount: 5000, Currency: "usd"},
		},
		"what is released counts for nothing": {
			sdk.CheckoutSession{
				Status: open, AmountTotal: 8000, Currency: "eur",
				PaymentIntent: intent(sdk.PaymentIntentStatusCanceled, 7000, 0, nil),
			},
			order.Payment{ID: "pi_1", State: order.PaymentCancelled, Amount: 8000, Currency: "eur"},
		},
		"a payment that is only named": {
			sdk.CheckoutSession{
				Status: open, AmountTotal: 8000, Currency: "eur", PaymentIntent: &sdk.PaymentIntent{ID: "pi_1"},
			},
			order.Payment{ID: "pi_1", State: order.PaymentUnpaid, Amount: 8000, Currency: "eur"},
		},
		"complete, with something to pay": {
			sdk.CheckoutSession{Status: complete, PaymentStatus: sdk.CheckoutSessionPaymentStatusUnpaid},
			order.Payment{State: order.PaymentUnpaid},
		},
		"authorised on a page that has expired": {
			sdk.CheckoutSession{
				Status: expired, PaymentIntent: intent(sdk.PaymentIntentStatusRequiresCapture, 8000, 0, nil),
			},
			order.Payment{ID: "pi_1", State: order.PaymentAuthorised, Amount: 8000, Currency: "usd"},
		},
		"captured to nothing": {
			sdk.CheckoutSession{
				Status: complete, PaymentIntent: intent(sdk.PaymentIntentStatusSucceeded, 8000, 0, charge(0)),
			},
			order.Payment{ID: "pi_1", State: order.PaymentCaptured, Currency: "usd"},
		},
		"captured, without its charge": {
			sdk.CheckoutSession{
				Status: complete, PaymentIntent: intent(sdk.PaymentIntentStatusSucceeded, 8000, 8000, nil),
			},
			order.Payment{ID: "pi_1", State: order.PaymentCaptured, Amount: 8000, Currency: "usd"},
		},
		"refunded": {
			sdk.CheckoutSession{
				Status: complete,
				PaymentIntent: intent(sdk.PaymentIntentStatusSucceeded, 800, 800,
					charge(800, refund("re_1", "succeeded", 800, ""))),
			},
			order.Payment{ID: "pi_1", State: order.PaymentRefunded, Amount: 800, Currency: "usd", RefundedTotal: 800},
		},
		"two refunds, one came back": {
			sdk.CheckoutSession{
				Status: complete,
				PaymentIntent: intent(sdk.PaymentIntentStatusSucceeded, 800, 800, charge(
					500, refund("re_3", "pending", 500, ""), refund("re_2", "failed", 300, "1"), refund("re_1", "canceled", 100, ""),
				)),
			},
			order.Payment{
				ID: "pi_1", State: order.PaymentCaptured, Amount: 800, Currency: "usd", RefundedTotal: 500,
				Failed: []order.RefundFailure{{ID: "re_1", Amount: 100}, {ID: "re_2", Number: 1, Amount: 300}},
			},
		},
	} {
		if diff := cmp.Diff(c.want, ofSession(&c.session)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// An answer may lack what is seldom there.
func TestWhatIsNotThereSaysNothing(t *testing.T) {
	if p := ofSession(nil); !p.Same(order.Payment{}) {
		t.Errorf("no session: %+v", p)
	}
	if p := ofIntent("", nil); !p.Same(order.Payment{}) {
		t.Errorf("no payment: %+v", p)
	}
	for _, i := range []*sdk.PaymentIntent{nil, {}, {LatestCharge: &sdk.Charge{}}} {
		if disputed(i) {
			t.Errorf("disputed: %+v", i)
		}
	}
	if !disputed(&sdk.PaymentIntent{LatestCharge: &sdk.Charge{Disputed: true}}) {
		t.Error("a dispute isn't seen")
	}
	if e := (&sdk.Error{}); replayed(e) || retryAfter(e) != 0 {
		t.Error("an error without an answer says how it was answered")
	}
}

// Of several disputes the one counts that keeps the money most surely.
func TestTheWorstDisputeCounts(t *testing.T) {
	from := []sdk.DisputeStatus{
		sdk.DisputeStatusWon, sdk.DisputeStatusWarningNeedsResponse, sdk.DisputeStatusLost, sdk.DisputeStatusNeedsResponse,
	}
	want := []order.Dispute{order.DisputeWon, order.Inquired, order.DisputeLost, order.Disputed}
	for i, a := range from {
		for j, b := range from {
			if got := ofDisputes([]*sdk.Dispute{{Status: a}, {Status: b}}); got != want[max(i, j)] {
				t.Errorf("%s and %s: %q", a, b, got)
			}
		}
	}
	if got := ofDisputes(nil); got != order.Undisputed {
		t.Errorf("none: %q", got)
	}
}
