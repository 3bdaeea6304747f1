package checkout_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/testkit/known"
)

// freeBank answers as Stripe does for a checkout of nothing to pay: it is complete, without a payment, and can't be
// expired.
type freeBank struct{ *bank }

func (freeBank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	return order.Payment{Order: o.ID, Session: o.Session, State: order.PaymentUnpaid, Currency: "eur"}, nil
}

func (freeBank) Expire(context.Context, order.Order) (order.Payment, error) {
	return order.Payment{}, &pay.RefusedError{Code: "session_not_open"}
}

func TestKnownAFreeOrderIsNeverPaid(t *testing.T) {
	known.Fault(t, "an order of nothing to pay, completed at the provider, never becomes paid")
	w := newWorld(t, 1)
	w.loads(0, row("A", 1)) // a valid map
	w.service.Pay = freeBank{w.bank}
	w.chooses(w.buyers[0], "A-1-1")
	got := w.starts(w.buyers[0], "1")
	_, err := w.service.Noticed(w.ctx, "good", []byte(got.Order+" "))
	w.must(err)
	w.is(got.Order, order.Paid, "")
}

func TestKnownAnOutageDelaysCapturesByHalfItsLength(t *testing.T) {
	known.Fault(t, "after an outage of the provider a paid order is captured as much as an hour late")
	for _, outage := range []time.Duration{10 * time.Minute, 40 * time.Minute, 3 * time.Hour} {
		w := newWorld(t, 1)
		w.chooses(w.buyers[0], "A-1-1")
		got := w.starts(w.buyers[0], "1")
		w.bank.pays(got.URL)
		w.bank.before = func(call, _ string) error {
			if call == "capture" {
				return pay.Unavailable(errTrouble, time.Second)
			}
			return nil
		}
		for range outage / time.Minute {
			_, _ = w.service.Sweep(w.ctx, "main")
			w.clock = w.clock.Add(time.Minute)
		}
		w.bank.before = func(string, string) error { return nil }
		w.clock = w.clock.Add(5 * time.Minute)
		_, _ = w.service.Sweep(w.ctx, "main")
		if o, err := w.orders.Get(w.ctx, got.Order); err != nil || o.State != order.Paid {
			t.Errorf("five minutes after an outage of %v: %s, due in %v; %v", outage, o.State, o.Due.Sub(w.clock), err)
		}
	}
}

// replaying answers as Stripe does: the first answer to an idempotency key, even a 500, is its answer for a day. The
// key of opening an order's page is always the same.
type replaying struct {
	*bank
	saved map[string]error // by order
}

func (b replaying) Open(ctx context.Context, c pay.Checkout) (pay.Session, error) {
	if err := b.saved[c.Order.ID]; err != nil {
		return pay.Session{}, err
	}
	if len(b.saved) == 0 { // one bad moment at Stripe
		b.saved[c.Order.ID] = pay.Unavailable(errTrouble, time.Second)
		return pay.Session{}, b.saved[c.Order.ID]
	}
	return b.bank.Open(ctx, c)
}

func TestKnownOneErrorAtOpeningIsForever(t *testing.T) {
	known.Fault(t, "one error of the provider at opening is its answer to every later try with the same key")
	w := newWorld(t, 1)
	w.service.Pay = pay.NewGuard(
		replaying{w.bank, map[string]error{}}, func(context.Context, time.Duration) error { return nil }, nil)
	w.chooses(w.buyers[0], "A-1-1")
	var err error
	for ; w.clock.Before(noon.Add(15 * time.Minute)); w.clock = w.clock.Add(20 * time.Second) {
		if _, err = w.service.Start(w.ctx, w.buyers[0], request("1")); err == nil { // the page keeps its key
			return
		}
	}
	t.Errorf("a buyer who repeats the request for 15 minutes never gets a page: %v", err)
}
