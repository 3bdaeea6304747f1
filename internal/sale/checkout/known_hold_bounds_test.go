package checkout_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/sale/checkout"
	"foyer/internal/testkit/known"
)

// a visitor with a ten-minute session keeps the same seats, and stays inside, for a day, paying nothing.
func TestKnownHoldForever(t *testing.T) {
	known.Fault(t, "hold forever")
	w := newWorld(t, 2)
	a := w.buyers[0]
	// give the visitor the default session of ten minutes
	page, _, err := w.cloud.Log().Get(w.ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	w.must(err)
	g := page.Grants[0]
	w.must(
		w.cloud.Log().
			Apply(w.ctx, bucket.Of{Zone: "main", Shards: 1}, bucket.Change{Ref: a.Ref, Key: g.Key, From: bucket.Inside, To: bucket.Inside, Until: noon.Add(10 * time.Minute)}),
	)
	w.chooses(a, "A-1-1", "A-1-2")
	n := 0
	for w.clock = noon; w.clock.Before(noon.Add(24 * time.Hour)); {
		n++
		r := request(fmt.Sprint("n", n))
		if _, err := w.service.Start(w.ctx, a, r); err != nil {
			t.Fatalf("stopped after %v: %v", w.clock.Sub(noon), err)
		}
		w.clock = w.clock.Add(14 * time.Minute)
		// another buyer can't have them
		if _, err := w.sale.Choose(w.ctx, w.buyers[1], []string{"A-1-1"}); err == nil {
			t.Fatalf("free after %v", w.clock.Sub(noon))
		}
		// sweeper runs
		_, _ = w.service.Sweep(w.ctx, "main")
		if _, err := w.sale.Choose(w.ctx, a, nil); err != nil {
			t.Fatal("release", err)
		}
		if _, err := w.sale.Choose(w.ctx, a, []string{"A-1-1", "A-1-2"}); err != nil {
			t.Fatalf("choose anew after %v: %v", w.clock.Sub(noon), err)
		}
	}
	t.Errorf("FAIL: two seats held for %v by %d orders that were never paid, session was to be 10m", w.clock.Sub(noon), n)
}

// without orders: release+choose resets HoldMost.
func TestKnownHoldMost(t *testing.T) {
	known.Fault(t, "hold most")
	w := newWorld(t, 2)
	a := w.buyers[0]
	n := 0
	for w.clock = noon; w.clock.Before(noon.Add(6 * time.Hour)); {
		n++
		if n > 1 {
			_, err := w.sale.Choose(w.ctx, a, nil)
			w.must(err)
		}
		if _, err := w.sale.Choose(w.ctx, a, []string{"A-1-1", "A-1-2"}); err != nil {
			t.Fatalf("after %v: %v", w.clock.Sub(noon), err)
		}
		w.clock = w.clock.Add(5*time.Minute - time.Millisecond)
		if _, err := w.sale.Choose(w.ctx, w.buyers[1], []string{"A-1-1"}); err == nil {
			t.Fatalf("free after %v", w.clock.Sub(noon))
		}
	}
	t.Errorf("FAIL: held for %v though HoldMost is 10m (session 24 h)", w.clock.Sub(noon))
}

// one visitor makes orders without bound: each opens a page at the provider.
func TestKnownOrdersWithoutBound(t *testing.T) {
	known.Fault(t, "orders without bound")
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	opened := 0
	w.bank.before = func(call, _ string) error {
		if call == "open" || call == "Open" {
			opened++
		}
		return nil
	}
	for n := range 1000 {
		r := checkout.Request{
			Key:   fmt.Sprintf("key-%d-0123456789abc", n),
			Email: "ada@example.com",
			Name:  "Ada",
			Site:  "https://x",
		}
		if _, err := w.service.Start(w.ctx, a, r); err != nil {
			t.Fatalf("order %d: %v", n, err)
		}
	}
	t.Errorf(
		"FAIL: 1000 orders of one visitor in an instant, %d pages opened at the provider, %d orders stored",
		opened,
		len(w.all()),
	)
}
