package saletest

import (
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

// someSeatsBack gives one of two seats back to the sale, or to the house, and then the other.
func someSeatsBack(t *testing.T, orders order.Store, seats seat.Store) {
	for n, keep := range []bool{false, true} {
		mine, other := []string{"A-1-1", "A-2-1"}[n], []string{"A-1-2", "A-2-2"}[n]
		seatBack(t, orders, seats, n, anOrder(t, 1+n, mine, other), keep)
	}
}

func seatBack(t *testing.T, orders order.Store, seats seat.Store, n int, o order.Order, keep bool) {
	t.Helper()
	ctx := t.Context()
	mine, other := o.Lines[0].Seat, o.Lines[1].Seat
	lock(t, seats, o)
	contract.Must(t, orders.Create(ctx, o))
	taken := step(t, o, settled)
	contract.Must(t, orders.Save(ctx, o, taken))
	paid := step(t, taken, order.Event{Kind: order.PaymentSeen, Payment: captured(o, 0)})
	contract.Must(t, orders.Save(ctx, taken, paid))
	asked := step(t, paid, order.Event{Kind: order.RefundSeats, Seats: []string{mine}, ToHouse: keep})
	contract.Must(t, orders.Save(ctx, paid, asked))
	contract.Same(t, "the order with a return", stored(t, orders, o.ID), asked)

	back := step(t, asked, order.Event{Kind: order.PaymentSeen, Payment: captured(o, o.Lines[0].Price)})
	for range 2 {
		contract.Must(t, orders.Save(ctx, asked, back))
		contract.Same(t, "the order", stored(t, orders, o.ID), back)
		contract.Same(t, "who has the seat that stays", owners(t, seats)[other], o.ID)
		contract.Same(t, "who has the one that went back", owners(t, seats)[mine], "")
	}
	h, err := seats.Hold(ctx, "main", o.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 1)
	contract.Same(t, "the house has it", housed(t, seats, mine), keep)
	again := anOrder(t, 10+n, other) // one more for the same address, and not two
	again.ID, again.EmailHash = "again "+o.ID, o.EmailHash
	contract.Must(t, orders.Create(ctx, again))
	again.ID, again.Follows = "and again "+o.ID, again.ID
	again.Number = order.NewNumber(again.ID, 0)
	wantCode(t, "a seat too many", orders.Create(ctx, again), problem.Limit)

	gone := step(t, back, order.Event{Kind: order.PaymentSeen, Payment: captured(o, o.Amount)})
	for range 2 {
		contract.Must(t, orders.Save(ctx, back, gone))
		contract.Same(t, "who has the other seat", owners(t, seats)[other], "")
	}
	h, err = seats.Hold(ctx, "main", o.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought in the end", h.Bought, 0)
	contract.Same(t, "the house still has it", housed(t, seats, mine), keep)
}

// captured is an order's money, with so much of it given back.
func captured(o order.Order, back int64) order.Payment {
	p := order.Payment{
		Order:         o.ID,
		ID:            "pi_1",
		State:         order.PaymentCaptured,
		Amount:        o.Amount,
		Currency:      o.Currency,
		RefundedTotal: back,
	}
	if back == o.Amount {
		p.State = order.PaymentRefunded
	}
	return p
}

// housed reports whether the house keeps the seat as one whose money went back.
func housed(t *testing.T, seats seat.Store, id string) bool {
	t.Helper()
	all, err := seats.Snapshot(t.Context(), "main", "A")
	contract.Must(t, err)
	for _, s := range all {
		if s.ID == id {
			return s.Holder == seat.House+seat.Returned && s.Until.Equal(seat.Forever)
		}
	}
	return false
}
