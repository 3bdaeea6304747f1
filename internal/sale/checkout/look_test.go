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

// An order without a page has nothing to ask about: looks at it don't even take turns.
func TestLooksAtAnOrderWithoutAPageTakeNoTurn(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	w.bank.before = func(string, string) error { return pay.Unavailable(errTrouble, time.Second) }
	if _, err := w.service.Start(w.ctx, w.buyers[0], request("n0")); err == nil {
		t.Fatal("it has a page")
	}
	for id := range w.all() {
		o, err := w.service.Read(w.ctx, id, order.LinkKey{1}.Secret(id))
		if err != nil || o.State != order.Pending || w.lookers > 0 {
			t.Errorf("%s, %v, %d turns", o.State, err, w.lookers)
		}
	}
}

// An order that was cancelled is cancelled: who cancels it again asks the provider nothing.
func TestACancelledOrderIsNotAskedAbout(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "n0")
	_, err := w.service.Cancel(w.ctx, started.Order, started.Secret)
	w.must(err)
	asks := w.asks()
	w.clock = w.clock.Add(time.Minute)
	if o, err := w.service.Cancel(w.ctx, started.Order, started.Secret); err != nil || o.State != order.Cancelled ||
		*asks > 0 {
		t.Errorf("%s, %v, asked %d times", o.State, err, *asks)
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

// The first cancel asks at once, even where a look has just asked the provider.
func TestACancelAsksTheProviderAtOnce(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "n0")
	_, err := w.service.Read(w.ctx, started.Order, started.Secret)
	w.must(err)
	o, err := w.service.Cancel(w.ctx, started.Order, started.Secret)
	if w.must(err); o.State != order.Cancelled {
		t.Errorf("the order is %s", o.State)
	}
}
