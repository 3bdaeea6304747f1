package checkout_test

import (
	"testing"

	"foyer/internal/sale/order"
)

// Ten characters can be those of another order by chance. The buyer must not notice.
func TestAnOrderWhoseNumberIsTakenGetsAnother(t *testing.T) {
	w := newWorld(t, 2)
	r := request("n0")
	id := order.NewID("main", w.buyers[0].ID, r.Key)
	other := order.Order{ID: "other", Number: order.NewNumber(id, 0), Zone: "main", Buyer: w.buyers[1].ID, Limit: 8}
	w.must(w.orders.Create(w.ctx, other))

	w.chooses(w.buyers[0], "A-1-1")
	started, err := w.service.Start(w.ctx, w.buyers[0], r)
	w.must(err)
	o, err := w.orders.Get(w.ctx, started.Order)
	w.must(err)
	if o.Number != order.NewNumber(id, 1) {
		t.Errorf("its number is %q, want the second that it may have", o.Number)
	}
	if again, err := w.service.Start(w.ctx, w.buyers[0], r); err != nil || again != started {
		t.Errorf("the same request again: %+v, %v; want %+v", again, err, started)
	}
}
