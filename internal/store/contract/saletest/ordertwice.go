package saletest

import (
	"fmt"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

func oneOfTenOrders(t *testing.T, orders order.Store, _ seat.Store) {
	o := anOrder(t, 1, "A-1-1")
	contract.Must(t, orders.Create(t.Context(), o))
	next := func(i int) order.Order {
		return step(t, o, order.Event{Kind: order.Opened, Session: fmt.Sprint("cs_", i)})
	}
	winner := contract.OneWinner(
		t,
		contract.Race(10, func(i int) error { return orders.Save(t.Context(), o, next(i)) }),
		contract.IsConflict,
	)
	contract.Same(t, "the order", stored(t, orders, o.ID), next(winner))
}

func settledOnce(t *testing.T, orders order.Store, seats seat.Store) {
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	lock(t, seats, o)
	contract.Must(t, orders.Create(t.Context(), o))
	taken := step(t, o, settled)
	for i, err := range contract.Race(10, func(int) error { return orders.Save(t.Context(), o, taken) }) {
		if err != nil {
			t.Errorf("hand %d: %v", i, err)
		}
	}
	h, err := seats.Hold(t.Context(), "main", o.Buyer.String())
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 2)
}

// sameTwice: two processes take the seats of an order, give one back and then all, each by its own clock. The second
// must be refused, even though the seats are as wanted: what was stored is the first one's.
func sameTwice(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	lock(t, seats, o)
	contract.Must(t, orders.Create(ctx, o))
	later := func(o order.Order, e order.Event) order.Order {
		next, _, err := order.Step(o, e, contract.After(60_000))
		contract.Must(t, err)
		return next
	}
	told := func(o order.Order, p order.Payment) order.Event {
		p.ID, p.Amount, p.Currency = "pi_1", o.Amount, o.Currency
		return order.Event{Kind: order.PaymentSeen, Payment: p}
	}
	twice := func(what string, e order.Event) {
		t.Helper()
		first := step(t, o, e)
		contract.Must(t, orders.Save(ctx, o, first))
		wantCode(t, what+" by another", orders.Save(ctx, o, later(o, e)), problem.Conflict)
		contract.Must(t, orders.Save(ctx, o, first)) // its answer was lost
		contract.Same(t, what, stored(t, orders, o.ID), first)
		o = first
	}
	once := func(e order.Event) {
		t.Helper()
		next := step(t, o, e)
		contract.Must(t, orders.Save(ctx, o, next))
		o = next
	}
	twice("settling", settled)
	once(told(o, order.Payment{State: order.PaymentCaptured}))
	once(order.Event{Kind: order.RefundSeats, Seats: []string{"A-1-1"}})
	twice("giving a seat back", told(o, order.Payment{State: order.PaymentCaptured, RefundedTotal: o.Lines[0].Price}))
	once(order.Event{Kind: order.RefundAll})
	twice("giving all back", told(o, order.Payment{State: order.PaymentRefunded, RefundedTotal: o.Amount}))
	contract.Same(t, "who has which seat", owners(t, seats), map[string]string{})
}

func tenOrdersOfOneAddress(t *testing.T, orders order.Store, _ seat.Store) {
	made := 0
	for _, err := range contract.Race(10, func(i int) error {
		o := anOrder(t, i, fmt.Sprintf("A-1-%d", i))
		o.EmailHash = "the same"
		return orders.Create(t.Context(), o)
	}) {
		if err == nil {
			made++
		} else {
			wantCode(t, "an order too many", err, problem.Limit)
		}
	}
	contract.Same(t, "orders made", made, 2)
}
