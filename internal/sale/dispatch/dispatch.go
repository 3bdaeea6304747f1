// Package dispatch decides which work follows from a change of an order: the last step of the orders' outbox. The work
// itself is done from queues, each job at least once.
package dispatch

import (
	"foyer/internal/sale/order"
)

// Queue is where a kind of work waits to be done. Its value is the queue's name in the topology.
type Queue string

// The queues.
const (
	Mails    Queue = "mails"    // send ticket and refund mails
	Bookings Queue = "bookings" // write the ledger
	Payments Queue = "payments" // capture, void or refund
)

// Work returns what follows from an order's change from old to o; old is nil for a new order. A change of nothing but
// times and tries, such as by the sweeper, leads to no work.
func Work(old *order.Order, o order.Order) []Queue {
	moved := old == nil || old.State != o.State
	switch o.State {
	case order.Authorised, order.Closing:
		if moved {
			return []Queue{Payments}
		}
	case order.Refunded:
		return refunded(old, o, moved)
	case order.Paid:
		return paid(old, o, moved)
	}
	return nil
}

// refunded returns the work for an order whose refund came back: mails and bookings for that and for one that was made
// again, payments to make it again.
func refunded(old *order.Order, o order.Order, moved bool) (work []Queue) {
	var before order.Order
	if old != nil {
		before = *old
	}
	if moved || len(before.FailedRefunds) != len(o.FailedRefunds) || before.Owed() != o.Owed() {
		work = told(o)
	}
	if o.Open() && !before.Open() {
		work = append(work, Payments)
	}
	return work
}

// told returns the work that tells the buyer and the books of an end. What was never sold is in no book; its buyer
// hears only of a refund that came back.
func told(o order.Order) []Queue {
	switch {
	case !o.PaidAt.IsZero():
		return []Queue{Mails, Bookings}
	case len(o.FailedRefunds) > 0:
		return []Queue{Mails}
	}
	return nil
}

// paid returns the work for a paid order: mails and bookings for what was paid or refunded, payments for refunds to
// make.
func paid(old *order.Order, o order.Order, moved bool) (work []Queue) {
	if moved || len(o.Remaining()) != len(old.Remaining()) || len(o.FailedRefunds) != len(old.FailedRefunds) ||
		o.Owed() != old.Owed() {
		work = append(work, Mails, Bookings)
	} else if o.Mails != old.Mails {
		work = append(work, Mails)
	}
	if o.Open() && (moved || !old.Open() || !old.RefundAt.Equal(o.RefundAt) ||
		len(old.PartialRefunds) != len(o.PartialRefunds)) {
		work = append(work, Payments)
	}
	return work
}
