// Package dispatch is the last leg of the orders' outbox: it says which work follows from a change of an order. It
// decides only; the work is done from queues, each job at least once.
package dispatch

import (
	"foyer/internal/sale/order"
)

// Queue is where a kind of work waits to be done. Its value is the queue's name in the topology.
type Queue string

// The queues.
const (
	Mails    Queue = "mails"    // send the tickets, and tell of refunds
	Bookings Queue = "bookings" // write the ledger
	Payments Queue = "payments" // capture, cancel, or refund
)

// Work is what follows from an order's change from old to o; old is nil for a new order. A change of nothing but
// times and tries, such as a sweeper's look, leads to nothing.
func Work(old *order.Order, o order.Order) []Queue {
	moved := old == nil || old.State != o.State
	switch o.State {
	case order.Authorised, order.Closing:
		if moved {
			return []Queue{Payments}
		}
	case order.Refunded:
		if moved && !o.PaidAt.IsZero() {
			return []Queue{Mails, Bookings}
		}
	case order.Paid:
		return paid(old, o, moved)
	}
	return nil
}

// paid is the work for a paid order: what is new is told, what is asked for is done.
func paid(old *order.Order, o order.Order, moved bool) (work []Queue) {
	if moved || len(o.Remaining()) != len(old.Remaining()) {
		work = append(work, Mails, Bookings)
	}
	if o.Open() && (moved || !old.RefundAt.Equal(o.RefundAt) || len(old.PartialRefunds) != len(o.PartialRefunds)) {
		work = append(work, Payments)
	}
	return work
}
