package checkout_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/sale/order"
	"foyer/internal/store/memory/memsale"
)

// An order that ends releases the seats that its buyer is paying for, and no others that the buyer has by then.
func TestWhatAnEndedOrderReleases(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  func(w *world)
		holds []string
	}{
		{"its own seats", func(*world) {}, nil},
		{"not the same seats, chosen anew and not being paid", func(w *world) {
			w.chooses(w.buyers[0])
			w.chooses(w.buyers[0], "A-1-1", "A-1-3")
		}, []string{"A-1-1", "A-1-3"}},
		{"not other seats, being paid", func(w *world) {
			w.chooses(w.buyers[0])
			w.chooses(w.buyers[0], "A-1-2")
			_, err := w.sale.Pay(w.ctx, w.buyers[0], "another order")
			w.must(err)
		}, []string{"A-1-2"}},
		{"not more seats than its own, being paid", func(w *world) {
			w.chooses(w.buyers[0])
			w.chooses(w.buyers[0], "A-1-1")
			_, err := w.sale.Pay(w.ctx, w.buyers[0], "another order")
			w.must(err)
		}, []string{"A-1-1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.chooses(w.buyers[0], "A-1-1", "A-1-3")
			started := w.starts(w.buyers[0], "1")
			c.then(w)
			_, err := w.service.Cancel(w.ctx, started.Order, started.Secret)
			w.must(err)
			w.is(started.Order, order.Cancelled, order.ByBuyer)
			if got := w.holds(w.buyers[0]).Seats; !slices.Equal(got, c.holds) && len(got)+len(c.holds) > 0 {
				t.Errorf("the buyer holds %v, want %v", got, c.holds)
			}
		})
	}
}

// A visitor who leaves while they start to pay makes no order: their slot is not extended for it.
func TestWhoLeavesWhileStartingMakesNoOrder(t *testing.T) {
	w := newWorld(t, 1)
	a := w.buyers[0]
	of := bucket.Of{Zone: "main", Shards: 1}
	page, _, err := w.cloud.Log().Get(w.ctx, of, 1)
	w.must(err)
	grant := page.Grants[0]
	w.must(w.cloud.Log().Apply(w.ctx, of, bucket.Change{
		Ref: a.Ref, Key: grant.Key, From: bucket.Inside, To: bucket.Inside, Until: noon.Add(10 * time.Minute),
	}))
	w.chooses(a, "A-1-1")
	left := false
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "seats.Lock" && !left {
			left = true
			if err := w.cloud.Log().Apply(w.ctx, of, bucket.Change{
				Ref: a.Ref, Key: grant.Key, From: bucket.Inside, To: bucket.Left,
			}); err != nil {
				t.Error(err)
			}
		}
		return memsale.Fault{}
	}
	_, err = w.service.Start(w.ctx, a, request("1"))
	if !left || !errors.Is(err, problem.New(problem.Ended, "")) || len(w.all()) != 0 {
		t.Errorf("left %v: %v, %d orders", left, err, len(w.all()))
	}
}
