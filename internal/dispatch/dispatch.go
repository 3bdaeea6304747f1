// Package dispatch is the last leg of the orders' outbox: it says which work follows from a change of an order. It
// decides only; the work is done from queues, each job at least once.
package dispatch

import "foyer/internal/order"

// Queue is where a kind of work waits to be done. Its value is the queue's name in the topology.
type Queue string

// The queues.
const (
	Mails    Queue = "mails"    // send the tickets
	Bookings Queue = "bookings" // write the ledger
	Payments Queue = "payments" // capture, cancel, or refund
)

// Work is what follows from an order's change from old to o; old is nil for a new order. A change of nothing but
// times and tries, such as a sweeper's look, leads to nothing.
func Work(old *order.Order, o order.Order) []Queue {
	if old != nil && old.State == o.State && old.RefundAt.Equal(o.RefundAt) {
		return nil
	}
	switch {
	case o.State == order.Authorised, o.State == order.Closing, o.State == order.Paid && !o.RefundAt.IsZero():
		return []Queue{Payments}
	case o.State == order.Paid:
		return []Queue{Mails, Bookings}
	case o.State == order.Refunded && !o.PaidAt.IsZero():
		return []Queue{Bookings}
	}
	return nil
}
