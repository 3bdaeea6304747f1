package saletest

import (
	"errors"
	"slices"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

func numberFinds(t *testing.T, orders order.Store, _ seat.Store) {
	first, second := anOrder(t, 1, "A-1"), anOrder(t, 2, "A-2")
	contract.Must(t, orders.Create(t.Context(), first))
	number := second.Number
	second.Number = first.Number
	if err := orders.Create(t.Context(), second); !errors.Is(err, order.ErrNumberTaken) {
		t.Fatalf("a second order with the number of the first: %v", err)
	}
	if _, err := orders.Get(t.Context(), second.ID); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("it was made all the same: %v", err)
	}
	if id, err := orders.ByNumber(t.Context(), first.Number); err != nil || id != first.ID {
		t.Errorf("the first's number finds %q, %v", id, err)
	}
	if _, err := orders.ByNumber(t.Context(), number); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("a number that no order has: %v", err)
	}
	second.Number = number
	contract.Must(t, orders.Create(t.Context(), second))
	if id, err := orders.ByNumber(t.Context(), number); err != nil || id != second.ID {
		t.Errorf("the second's number finds %q, %v", id, err)
	}
}

// An order is found by the address that it was made with and by those that it was corrected to, and once erased by
// none.
func foundByCorrection(t *testing.T, orders order.Store, seats seat.Store) {
	ctx := t.Context()
	o := anOrder(t, 1, "A-1-1")
	first := o.EmailHash
	found := func(what, hash string, want ...string) {
		t.Helper()
		got, err := orders.ByEmail(ctx, hash, 10)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
	moves := func(change func(o *order.Order)) {
		t.Helper()
		next := o
		change(&next)
		next.Version++
		for range 2 {
			contract.Must(t, orders.Save(ctx, o, next))
		}
		contract.Same(t, "the order", stored(t, orders, o.ID), next)
		o = next
	}
	lock(t, seats, o)
	contract.Must(t, orders.Create(ctx, o))
	moves(func(o *order.Order) { o.State, o.AuthorisedAt = order.Authorised, contract.After(5) })
	moves(func(o *order.Order) { o.State, o.PaidAt = order.Paid, contract.After(6) })
	later := anOrder(t, 2, "A-1-2")
	contract.Must(t, orders.Create(ctx, later))

	moves(func(o *order.Order) { o.Email, o.Corrected = "eve@example.com", []string{"eve"} })
	found("the first address", first, o.ID)
	found("the corrected one", "eve", o.ID)
	moves(func(o *order.Order) { o.Email, o.Corrected = later.Email, []string{"eve", later.EmailHash} })
	found("an address that was corrected again", "eve", o.ID)
	found("an address with another order, the latest first", later.EmailHash, later.ID, o.ID)
	got, err := orders.ByEmail(ctx, later.EmailHash, 1)
	if err != nil || !slices.Equal(got, []string{later.ID}) {
		t.Errorf("the latest of them: %v, %v", got, err)
	}
	moves(func(o *order.Order) { o.Name, o.Email, o.EmailHash, o.Corrected, o.Request = "", "", "", nil, "" })
	found("the first address once erased", first)
	found("the second address once erased", "eve")
	found("the last address once erased", later.EmailHash, later.ID)
	moves(func(o *order.Order) { o.State, o.EndedAt = order.Refunded, contract.After(9) })
	contract.Same(t, "who has which seat", owners(t, seats), map[string]string{})
}

func foundByPeople(t *testing.T, orders order.Store, _ seat.Store) {
	const day = 86_400_000
	var made []order.Order
	for i, at := range []int{0, day, 2*day - 1, 2 * day} { // ms
		o := anOrder(t, i+1, "A-1")
		o.CreatedAt = contract.After(at)
		if i < 2 {
			o.Email, o.EmailHash = "eve@example.com", order.HashEmail("main", "eve@example.com")
		}
		contract.Must(t, orders.Create(t.Context(), o))
		made = append(made, o)
	}
	elsewhere := anOrder(t, 9, "A-1")
	elsewhere.Zone, elsewhere.EmailHash = "other", order.HashEmail("other", "eve@example.com")
	elsewhere.CreatedAt = contract.After(day)
	contract.Must(t, orders.Create(t.Context(), elsewhere))

	find := func(what string, want []order.Order, got []string, err error) {
		t.Helper()
		var ids []string
		for _, o := range want {
			ids = append(ids, o.ID)
		}
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, ids)
		}
	}
	got, err := orders.ByEmail(t.Context(), made[0].EmailHash, 10)
	find("of an address", []order.Order{made[1], made[0]}, got, err)
	got, err = orders.ByEmail(t.Context(), made[0].EmailHash, 1)
	find("the latest of an address", []order.Order{made[1]}, got, err)
	got, err = orders.Made(t.Context(), "main", contract.After(day), contract.After(2*day), 10)
	find("made on the second day", []order.Order{made[2], made[1]}, got, err)
	got, err = orders.Made(t.Context(), "main", contract.After(0), contract.After(3*day), 2)
	find("the latest two", []order.Order{made[3], made[2]}, got, err)
	got, err = orders.Made(t.Context(), "none", contract.After(0), contract.After(3*day), 2)
	find("of no zone", nil, got, err)
}
