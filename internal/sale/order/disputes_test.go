package order_test

import (
	"strings"
	"testing"

	"foyer/internal/problem"
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
	for _, d := range []order.Dispute{order.Inquired, order.DisputeWon, order.Disputed, order.DisputeLost} {
		all = append(all, order.Payment{State: order.PaymentCaptured, Dispute: d})
	}
	if o := hears(t, paidOrder(), all...); o.Dispute != order.DisputeLost {
		t.Errorf("it is remembered as %q", o.Dispute)
	}
}

// The bank has the money: a refund would be asked for on and on, and its tickets let nobody in.
func TestWhatABankTookBackIsNotRefunded(t *testing.T) {
	o := paidOrder()
	o.Lines = []order.Line{{Seat: "A-1-1", Price: 60}, {Seat: "A-1-2", Price: 40}}
	for dispute, refused := range map[order.Dispute]bool{
		order.Undisputed: false, order.Inquired: false, order.DisputeWon: false,
		order.Disputed: true, order.DisputeLost: true,
	} {
		now := hears(t, o, order.Payment{State: order.PaymentCaptured, Dispute: dispute})
		for _, e := range []order.Event{{Kind: order.RefundAll}, {Kind: order.RefundSeats, Seats: []string{"A-1-1"}}} {
			after, _, err := order.Step(now, e, noon)
			if (problem.CodeOf(err) == problem.Conflict) != refused || refused == (after.Version != now.Version) {
				t.Errorf("%q, %s: %v, version %d after %d", dispute, e.Kind, err, after.Version, now.Version)
			}
		}
	}
}

// What was refunded at the provider before the bank took the money is booked all the same: it asks for no refund.
func TestWhatWasRefundedBeforeABankTookTheRestIsBooked(t *testing.T) {
	o := paidOrder()
	o.Lines = []order.Line{{Seat: "A-1-1", Price: 60}, {Seat: "A-1-2", Price: 40}}
	for _, dispute := range []order.Dispute{order.Disputed, order.DisputeLost} {
		now := hears(t, o, order.Payment{State: order.PaymentCaptured, RefundedTotal: 60, Dispute: dispute})
		e := order.Event{Kind: order.RefundSeats, Seats: []string{"A-1-1"}, AlreadyRefunded: true}
		after, effect, err := order.Step(now, e, noon)
		if err != nil || effect != order.None || len(after.PartialRefunds) != 1 {
			t.Errorf("%q: %q, %+v, %v", dispute, effect, after.PartialRefunds, err)
		}
	}
}

// A refund that was asked for before the bank took the money: the provider would refuse it, and once the dispute is
// lost there is nothing left to wait for.
func TestARefundWaitsForTheBanksDecision(t *testing.T) {
	whole, some, ending, again := paidOrder(), paidOrder(), paidOrder(), paidOrder()
	whole.RefundAt = noon
	some.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1"}, Amount: 60, RefundedTotal: 60, AskedAt: noon}}
	ending.State = order.Closing
	again.State, again.RefundedTotal = order.Refunded, 100
	again.FailedRefunds = []order.FailedRefund{{ID: "re", Amount: 100, AskedAt: noon, RefundedTotal: 200}}
	orders := map[string]order.Order{"whole": whole, "some seats": some, "not bought": ending, "again": again}
	for name, o := range orders {
		for _, c := range []struct {
			dispute order.Dispute
			effect  order.Effect
			open    bool
		}{
			{order.Inquired, order.IssueRefund, true}, {order.DisputeWon, order.IssueRefund, true},
			{order.Disputed, order.None, true}, {order.DisputeLost, order.None, false},
		} {
			p := order.Payment{Order: o.ID, State: order.PaymentCaptured, Dispute: c.dispute, Amount: 100, Currency: "eur"}
			after, effect, err := order.Step(o, order.Event{Kind: order.PaymentSeen, Payment: p}, noon)
			if err != nil || effect != c.effect || after.Open() != c.open {
				t.Errorf("%s, %q: %q, open %t, %v", name, c.dispute, effect, after.Open(), err)
			}
			if len(after.Good()) > 0 && name == "whole" {
				t.Errorf("%s, %q: the tickets are good", name, c.dispute)
			}
		}
	}
}
