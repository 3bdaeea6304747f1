package checkout_test

import (
	"context"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// However long the provider is away, what is authorised is captured by the first sweeps after it.
func TestCapturesComeAtOnceAfterAnOutage(t *testing.T) {
	for _, outage := range []time.Duration{10 * time.Minute, 40 * time.Minute, 3 * time.Hour} {
		w := newWorld(t, 1)
		w.chooses(w.buyers[0], "A-1-1")
		got := w.starts(w.buyers[0], "1")
		w.bank.pays(got.URL)
		down := true
		w.bank.before = func(call, _ string) error {
			if down && call == "capture" {
				return pay.Unavailable(errTrouble, time.Second)
			}
			return nil
		}
		_, _ = w.service.Noticed(w.ctx, "good", []byte(got.Order+" "))
		began := w.clock
		for w.clock.Before(began.Add(outage)) {
			w.clock = w.clock.Add(time.Minute)
			_, _ = w.service.Sweep(w.ctx, "main")
		}
		down = false
		back := w.clock
		for range 600 {
			if o, _ := w.orders.Get(context.Background(), got.Order); o.State == order.Paid {
				break
			}
			w.clock = w.clock.Add(time.Minute)
			_, _ = w.service.Sweep(w.ctx, "main")
		}
		if took := w.clock.Sub(back); took > 2*time.Minute {
			t.Errorf("outage %v: captured %v after the provider is back", outage, took)
		}
	}
}
