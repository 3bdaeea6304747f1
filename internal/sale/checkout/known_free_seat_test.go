package checkout_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/venue"
	"foyer/internal/testkit/known"
)

// freeBank answers as Stripe does for a session of total zero: complete, no payment intent; expiring it is refused.
type freeBank struct{ *bank }

func (b freeBank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	return order.Payment{
		Order:    o.ID,
		Session:  o.Session,
		State:    order.PaymentUnpaid,
		Amount:   0,
		Currency: "eur",
	}, nil // what stripe.ofSession gives
}
func (b freeBank) Expire(_ context.Context, o order.Order) (order.Payment, error) {
	return order.Payment{}, &pay.RefusedError{Code: "session_not_open"}
}

func TestKnownFreeSeat(t *testing.T) {
	known.Fault(t, "free seat")
	w := newWorld(t, 1)
	v, err := venue.Parse(
		[]byte(
			`{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},"categories":[{"id":"a","name":"Carer, free","price":0}],
"sections":[{"id":"A","name":"Stalls","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],"rows":[{"id":"1","category":"a","seats":[{"id":"A-1-1","x":1,"y":1},{"id":"A-1-2","x":2,"y":1}]}]}]}`,
		),
	)
	w.must(err) // a price of zero is a valid map
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
	w.service.Pay = freeBank{w.bank}
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	got := w.starts(a, "1")
	_, _ = w.service.Noticed(w.ctx, "good", []byte(got.Order+" ")) // checkout.session.completed
	o, _ := w.orders.Get(w.ctx, got.Order)
	t.Logf("after the webhook: %s, seats %v", o.State, w.owners())
	for range 300 {
		w.clock = w.clock.Add(10 * time.Minute)
		_, _ = w.service.Sweep(w.ctx, "main")
	}
	o, _ = w.orders.Get(w.ctx, got.Order)
	if o.State != order.Paid {
		t.Errorf(
			"FAIL: a free order that its buyer completed is %s (%s) two days later, open %v, tries %d",
			o.State,
			o.Reason,
			o.Open(),
			o.Tries,
		)
	}
}
