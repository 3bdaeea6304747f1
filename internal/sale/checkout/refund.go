package checkout

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// Refund gives the money of a paid order back, and its seats to the sale. Repeating it does no harm. It returns
// problem.NotFound, problem.Conflict when the order is not paid, and problem.Provider: the refund is under way then, if
// the order that comes with it says so.
func (s *Service) Refund(ctx context.Context, id string) (order.Order, error) {
	return s.startRefund(ctx, id, order.Event{Kind: order.RefundAll})
}

// Returned says which seats' money goes back.
type SeatsRefund struct {
	Seats           []string
	ToHouse         bool // the seats go to the house, not back into the sale
	AlreadyRefunded bool // the money went back before, at the provider's own desk: it is only to be booked
}

// RefundSeats gives the money of some seats of a paid order back, and the seats to the sale or the house; the rest of
// the order stands. Seats that were asked for before are passed over. It returns what Refund does, problem.Invalid for
// another order's seats, and problem.Conflict where the provider has given too much back already. While the provider
// can't be asked, nothing is begun.
func (s *Service) RefundSeats(ctx context.Context, id string, r SeatsRefund) (order.Order, error) {
	return s.startRefund(ctx, id, order.Event{Kind: order.RefundSeats, Seats: r.Seats, ToHouse: r.ToHouse, AlreadyRefunded: r.AlreadyRefunded})
}

// giveBack asks how the money stands, as somebody may have moved it at the provider's own desk, and then for the refund.
// All that is left is all, however much that is: that much is asked for also where the provider doesn't say.
func (s *Service) startRefund(ctx context.Context, id string, e order.Event) (order.Order, error) {
	o, err := s.Drive(ctx, id, "")
	if silent := problem.CodeOf(err) == problem.Provider; err != nil && !(silent && o.State == order.Paid && e.Kind == order.RefundAll) {
		return o, err
	}
	if o, err = s.move(ctx, o, e); err != nil {
		return o, err
	}
	return s.drive(ctx, o, "")
}
