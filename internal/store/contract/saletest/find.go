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
