package order_test

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

func TestKnownNamesThatPeopleHave(t *testing.T) {
	known.Fault(t, "names that people have")
	for _, name := range []string{strings.Repeat("王", 41), strings.Repeat("Ш", 61)} {
		if _, err := order.CheckName(name); err != nil {
			t.Errorf("FAIL: %q (%d letters): %v", name, len([]rune(name)), err)
		}
	}
}

func TestKnownAddressThatSESCannotReach(t *testing.T) {
	known.Fault(t, "address that sescannot reach")
	if got, err := order.CheckEmail("josé@example.com"); err == nil {
		t.Errorf("FAIL: %q passes, and SES takes only ASCII before the @", got)
	}
}

// An inquiry that was closed in our favour is followed by a chargeback on the same payment.
func TestKnownSecondDispute(t *testing.T) {
	known.Fault(t, "second dispute")
	o := order.Order{
		ID:       strings.Repeat("0", 32),
		Version:  1,
		State:    order.Paid,
		PaidAt:   time.Now(),
		Amount:   100,
		Currency: "eur",
		Session:  "cs",
	}
	tell := func(d order.Dispute) {
		var err error
		o, _, err = order.Step(
			o,
			order.Event{
				Kind:    order.PaymentSeen,
				Payment: order.Payment{Order: o.ID, State: order.PaymentCaptured, Amount: 100, Currency: "eur", Dispute: d},
			},
			time.Now(),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	tell(order.Disputed)
	tell(order.DisputeWon) // warning_closed
	tell(order.Disputed)   // and now the chargeback
	tell(order.DisputeLost)
	if o.Dispute != order.DisputeLost {
		t.Errorf("FAIL: a chargeback that was lost after an inquiry is remembered as %q", o.Dispute)
	}
}

// The bank sends a refund back: the buyer's card account is closed (refund.failed). The provider says "captured" again.
func TestKnownFailedRefund(t *testing.T) {
	known.Fault(t, "failed refund")
	o := order.Order{
		ID:       strings.Repeat("0", 32),
		Version:  1,
		State:    order.Paid,
		PaidAt:   time.Now(),
		Amount:   100,
		Currency: "eur",
		Session:  "cs",
		RefundAt: time.Now(),
	}
	for _, p := range []order.Payment{{Order: o.ID, State: order.PaymentRefunded, Amount: 100, Currency: "eur", RefundedTotal: 100}, {Order: o.ID, State: order.PaymentCaptured, Amount: 100, Currency: "eur"}} {
		var effect order.Effect
		o, effect, _ = order.Step(o, order.Event{Kind: order.PaymentSeen, Payment: p}, time.Now())
		t.Logf(
			"provider %s, given back %d -> order %s, given back %d, effect %q, open %v",
			p.State,
			p.RefundedTotal,
			o.State,
			o.RefundedTotal,
			effect,
			o.Open(),
		)
	}
	if o.State == order.Refunded {
		t.Errorf("FAIL: the money never arrived and the order stays %s: nobody is told", o.State)
	}
}
