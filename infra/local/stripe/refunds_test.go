package stripe_test

import (
	"errors"
	"testing"
	"time"

	"foyer/infra/local/stripe"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// charged is a till whose order is paid.
func charged(t *testing.T) *till {
	c := newTill(t, stripe.Options{})
	c.open()
	c.pays(stripe.Approve, stripe.WebhookNow)
	c.stands(order.PaymentAuthorised)
	c.order.Payment = c.now().ID
	c.does(order.PaymentCaptured, c.stripe.Capture)
	c.order.State, c.order.PaidAt = order.Paid, time.Now()
	return c
}

// now is how the order's money stands.
func (c *till) now() order.Payment {
	c.Helper()
	p, err := c.stripe.Get(c.Context(), c.order)
	if err != nil {
		c.Fatal(err)
	}
	return p
}

func TestSeatsAreRefundedOnceEach(t *testing.T) {
	c := charged(t)
	asked, _, err := order.Step(c.order, order.Event{Kind: order.RefundSeats, Seats: []string{"A-1-2"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // by hands that don't know of each other
		if p, err := c.stripe.Refund(t.Context(), asked); err != nil || p.RefundedTotal != 3000 ||
			p.State != order.PaymentCaptured {
			t.Errorf("%+v %v", p, err)
		}
	}
	done, _, err := order.Step(asked, order.Event{Kind: order.PaymentSeen, Payment: c.now()}, time.Now())
	if err != nil || len(done.Remaining()) != 1 {
		t.Fatalf("%+v %v", done.PartialRefunds, err)
	}
	if err := c.provider.ByHand(payOrder, 1000); err != nil {
		t.Fatal(err)
	}
	whole, _, err := order.Step(done, order.Event{Kind: order.RefundAll}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.stripe.Refund(t.Context(), whole); err != nil || p.RefundedTotal != 8000 ||
		p.State != order.PaymentRefunded {
		t.Errorf("the rest: %+v %v", p, err)
	}
	var refused *pay.RefusedError
	if _, err := c.stripe.Refund(t.Context(), order.Order{ID: payOrder, Session: c.order.Session, Payment: c.order.Payment,
		Tries: 9}); !errors.As(
		err,
		&refused,
	) {
		t.Errorf("more than there was: %v", err)
	}
}

func TestADisputeIsHeardOf(t *testing.T) {
	c := charged(t)
	for _, one := range []struct {
		status string
		want   order.Dispute
	}{{"warning_needs_response", order.Inquired}, {"needs_response", order.Disputed}, {"lost", order.DisputeLost}, {"won",
		order.DisputeWon}} {
		if err := c.provider.Dispute(payOrder, one.status); err != nil {
			t.Fatal(err)
		}
		if p := c.now(); p.Dispute != one.want || p.State != order.PaymentCaptured {
			t.Errorf("%s: %+v", one.status, p)
		}
	}
	if owner, err := c.stripe.Owner(t.Context(), c.order.Payment); err != nil || owner != payOrder {
		t.Errorf("the payment is of %q, %v", owner, err)
	}
	var refused *pay.RefusedError
	if _, err := c.stripe.Owner(t.Context(), "pi_none"); !errors.As(err, &refused) {
		t.Errorf("nobody's payment: %v", err)
	}
}

// A bank sends a refund back days later: the money is the seller's again, and another refund may be made.
func TestARefundFails(t *testing.T) {
	c := charged(t)
	asked, _, err := order.Step(c.order, order.Event{Kind: order.RefundSeats, Seats: []string{"A-1-2"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.stripe.Refund(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	before := len(c.heard(0))
	if err := c.provider.FailRefund(payOrder, 0); err != nil {
		t.Fatal(err)
	}
	p := c.now()
	if p.State != order.PaymentCaptured || p.RefundedTotal != 0 || len(p.Failed) != 1 || p.Failed[0].Number != 1 ||
		p.Failed[0].Amount != 3000 {
		t.Errorf("%+v", p)
	}
	for _, about := range c.heard(before + 3)[before:] {
		if about != payOrder {
			t.Errorf("heard of %q", about)
		}
	}
	o, _, err := order.Step(asked, order.Event{Kind: order.PaymentSeen, Payment: p}, time.Now())
	if err != nil || o.Owed() != 3000 {
		t.Fatalf("owes %d, %v", o.Owed(), err)
	}
	again, _, err := order.Step(o, order.Event{Kind: order.RefundSeats, Seats: []string{"A-1-2"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // Stripe repeats the first answer to the first key
		if p, err = c.stripe.Refund(t.Context(), again); err != nil || p.RefundedTotal != 3000 {
			t.Errorf("%+v %v", p, err)
		}
	}
	done, _, err := order.Step(again, order.Event{Kind: order.PaymentSeen, Payment: p}, time.Now())
	if err != nil || done.Owed() != 0 || done.Open() {
		t.Errorf("owes %d, open %v, %v", done.Owed(), done.Open(), err)
	}
}

// After an inquiry that was closed a chargeback is another dispute, and the one that counts.
func TestAChargebackAfterAnInquiry(t *testing.T) {
	c := charged(t)
	for _, one := range []struct {
		status string
		want   order.Dispute
	}{
		{"warning_needs_response", order.Inquired}, {"warning_closed", order.DisputeWon},
		{"needs_response", order.Disputed}, {"lost", order.DisputeLost},
	} {
		if err := c.provider.Dispute(payOrder, one.status); err != nil {
			t.Fatal(err)
		}
		if p := c.now(); p.Dispute != one.want {
			t.Errorf("%s: %+v", one.status, p)
		}
		chargedBack := one.status == "needs_response" || one.status == "lost"
		if err := c.provider.ByHand(payOrder, 100); (err != nil) != chargedBack {
			t.Errorf("%s: a refund: %v", one.status, err)
		}
	}
}
