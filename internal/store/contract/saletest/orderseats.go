package saletest

import (
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

func seatsWithOrder(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	lock(t, seats, o)
	contract.Must(t, orders.Create(ctx, o))
	taken := step(t, o, settled)
	for range 2 {
		contract.Must(t, orders.Save(ctx, o, taken))
		contract.Same(t, "the order", stored(t, orders, o.ID), taken)
		contract.Same(t, "who has which seat", owners(t, seats), map[string]string{"A-1-1": o.ID, "A-1-2": o.ID})
	}
	h, err := seats.Hold(ctx, "main", o.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 2)
	contract.Same(t, "held", len(h.Seats), 0)
	wantCode(t, "a change of the order before", orders.Save(ctx, o, step(t, o, cancelled)), problem.Conflict)
}

func seatsLost(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	mine, theirs := anOrder(t, 1, "A-1-1", "A-1-2"), anOrder(t, 2, "A-1-3")
	lock(t, seats, mine)
	lock(t, seats, theirs)
	mine.Lines[1].Seat = "A-1-3"
	contract.Must(t, orders.Create(ctx, mine))
	err := orders.Save(ctx, mine, step(t, mine, settled))
	wantCode(t, "a seat that another holds", err, problem.SeatTaken)
	contract.Same(t, "the order", stored(t, orders, mine.ID), mine)
	contract.Same(t, "who has which seat", owners(t, seats), map[string]string{})
	h, err := seats.Hold(ctx, "main", mine.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 0)

	contract.Must(t, orders.Save(ctx, mine, step(t, mine, cancelled)))
	mine.Lines[1].Seat = "A-1-2"
	wantCode(t, "an order that was closed meanwhile", orders.Save(ctx, mine, step(t, mine, settled)), problem.Conflict)
	contract.Same(t, "who has which seat after that", owners(t, seats), map[string]string{})
}

func seatsBack(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	lock(t, seats, o)
	contract.Must(t, orders.Create(ctx, o))
	taken := step(t, o, settled)
	contract.Must(t, orders.Save(ctx, o, taken))
	gone := step(t, taken, ended)
	for range 2 {
		contract.Must(t, orders.Save(ctx, taken, gone))
		contract.Same(t, "the order", stored(t, orders, o.ID), gone)
		contract.Same(t, "who has which seat", owners(t, seats), map[string]string{})
	}
	h, err := seats.Hold(ctx, "main", o.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 0)
	again := anOrder(t, 2, "A-1-1", "A-1-2")
	again.EmailHash = o.EmailHash
	contract.Must(t, orders.Create(ctx, again))
}

func buyerLimit(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	first, second := anOrder(t, 1, "A-1-1", "A-1-2"), anOrder(t, 2, "A-1-3")
	second.Buyer, second.Follows = first.Buyer, first.ID
	lock(t, seats, first)
	contract.Must(t, orders.Create(ctx, first))
	contract.Must(t, orders.Save(ctx, first, step(t, first, settled)))
	second.Limit = seat.MaxPerBuyer
	lock(t, seats, second)
	second.Limit = 2
	contract.Must(t, orders.Create(ctx, second))
	wantCode(t, "a third seat", orders.Save(ctx, second, step(t, second, settled)), problem.Limit)
	contract.Same(t, "who has which seat", owners(t, seats), map[string]string{"A-1-1": first.ID, "A-1-2": first.ID})
}

func oneOrderOfTwo(t *testing.T, orders order.Store, seats seat.Store) {
	first, second := anOrder(t, 1, "A-1-1"), anOrder(t, 2, "A-1-1")
	second.Buyer, second.Follows = first.Buyer, first.ID
	lock(t, seats, first)
	both := []order.Order{first, second}
	for _, o := range both {
		contract.Must(t, orders.Create(t.Context(), o))
	}
	winner := contract.OneWinner(t, contract.Race(2, func(i int) error {
		return orders.Save(t.Context(), both[i], step(t, both[i], settled))
	}), hasCode(problem.SeatTaken))
	contract.Same(t, "who has the seat", owners(t, seats), map[string]string{"A-1-1": both[winner].ID})
	contract.Same(t, "the other order", stored(t, orders, both[1-winner].ID), both[1-winner])
}
