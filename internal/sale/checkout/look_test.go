package checkout_test

import (
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// An order that can't be ended, since the provider is down, costs it no more calls however often it is cancelled.
func TestManyCancelsAskTheProviderNowAndThen(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "n0")
	calls := 0
	w.bank.before = func(string, string) error { calls++; return pay.Unavailable(errTrouble, time.Second) }
	for range 100 {
		o, err := w.service.Cancel(w.ctx, started.Order, started.Secret)
		if err != nil || o.State != order.Closing {
			t.Fatalf("%s, %v", o.State, err)
		}
	}
	if calls > 2 {
		t.Errorf("%d calls at the provider", calls)
	}
	w.bank.before = func(string, string) error { return nil }
	w.clock = w.clock.Add(3 * time.Second)
	if o, err := w.service.Cancel(w.ctx, started.Order, started.Secret); err != nil || o.State != order.Cancelled {
		t.Errorf("%s, %v", o.State, err)
	}
}

// However many processes a buyer's looks reach, and however often a page is loaded again, the provider is asked about
// the order once in three seconds.
func TestManyLooksAtAnOrderAskTheProviderOnce(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "n0")
	asks := w.asks()
	for step := range 3 {
		before := *asks
		for range 20 {
			w.wire() // another process
			for range 5 {
				if o, err := w.service.Read(w.ctx, started.Order, started.Secret); err != nil || o.State != order.Pending {
					t.Fatalf("%s, %v", o.State, err)
				}
			}
		}
		if n := *asks - before; n != 1 {
			t.Errorf("step %d: the provider was asked %d times", step, n)
		}
		w.clock = w.clock.Add(3 * time.Second)
	}
}

// How an order ended is known: its buyer's looks ask the provider nothing.
func TestLooksAtAnOrderThatIsPaidAskNobody(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "n0")
	w.bank.pays(started.URL)
	_, err := w.service.Drive(w.ctx, started.Order, "")
	w.must(err)
	asks := w.asks()
	if o, err := w.service.Read(w.ctx, started.Order, started.Secret); err != nil || o.State != order.Paid || *asks > 0 {
		t.Errorf("%s, asked %d times, %v", o.State, *asks, err)
	}
}
