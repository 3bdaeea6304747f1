package checkout_test

import (
	"fmt"
	"testing"

	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

func TestKnownFlood(t *testing.T) {
	known.Fault(t, "flood")
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	calls := map[string]int{}
	w.bank.before = func(call, _ string) error { calls[call]++; return nil }
	for n := range 1000 {
		r := checkout.Request{
			Key:   fmt.Sprintf("key-%d-0123456789abc", n),
			Email: "ada@example.com",
			Name:  "Ada",
			Site:  "https://x",
		}
		got, err := w.service.Start(w.ctx, a, r)
		if err != nil {
			t.Fatal(n, err)
		}
		for id, o := range w.all() { // the payments' queue does its jobs
			if o.State == order.Closing {
				_ = w.service.Job(w.ctx, id)
			}
		}
		_ = got
	}
	t.Errorf(
		"FAIL: one visitor, one seat, no time passed: calls at the provider %v, orders stored %d",
		calls,
		len(w.all()),
	)
}
