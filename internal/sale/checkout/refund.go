package checkout

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// Refund refunds a paid order in full and gives its seats back to the sale. It may be repeated. It returns
// problem.NotFound, problem.Conflict if the order is not paid, and problem.Provider: then the refund is under way if
// the order that comes with the error says so.
func (s *Driver) Refund(ctx context.Context, id string) (order.Order, error) {
	return s.startRefund(ctx, id, order.Event{Kind: order.RefundAll})
}

// Erase forgets who an order's buyer is, for good; what was sold stays. It may be repeated. It returns
// problem.NotFound, and problem.Conflict while the order waits for something.
func (s *Driver) Erase(ctx context.Context, id string) (order.Order, error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return o, err
	}
	return s.move(ctx, o, order.Event{Kind: order.Erase})
}

// SeatsRefund is a request to refund some seats of an order.
type SeatsRefund struct {
	Seats           []string
	ToHouse         bool // the seats go to the house, not back into the sale
	AlreadyRefunded bool // the money was refunded before, directly at the provider: it is only to be booked
}

// RefundSeats refunds some seats of a paid order and gives them back to the sale or the house; the rest of the order
// stands. Seats that are in a refund already are passed over. It returns the errors of Refund, problem.Invalid for
// another order's seats, and problem.Conflict if the provider has refunded too much already. While the provider can't
// be asked, no refund begins.
func (s *Driver) RefundSeats(ctx context.Context, id string, r SeatsRefund) (order.Order, error) {
	return s.startRefund(ctx, id, order.Event{
		Kind: order.RefundSeats, Seats: r.Seats, ToHouse: r.ToHouse, AlreadyRefunded: r.AlreadyRefunded,
	})
}

// startRefund asks how the money stands, as some may have been refunded directly at the provider, and then begins the
// refund. A full refund needs no figure: it begins even while the provider can't be asked.
func (s *Driver) startRefund(ctx context.Context, id string, e order.Event) (order.Order, error) {
	o, err := s.Drive(ctx, id, "")
	silent := problem.CodeOf(err) == problem.Provider
	if err != nil && !(silent && o.State == order.Paid && e.Kind == order.RefundAll) {
		return o, err
	}
	if o, err = s.move(ctx, o, e); err != nil {
		return o, err
	}
	return s.drive(ctx, o, "")
}
