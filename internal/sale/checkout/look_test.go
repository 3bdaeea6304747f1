package checkout_test

import (
	"testing"
	"time"

	"foyer/internal/sale/order"
)

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
