package exchange_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"foyer/internal/room/exchange"
	"foyer/internal/store/memory/memroom"
)

// While a zone's tick is under way, no other one begins.
func TestATickUnderWayIsNotBegunAgain(t *testing.T) {
	w, rounds, over := newWorld(t, nil), 0, make(chan struct{})
	w.cloud.Fault = func(op string) memroom.Fault {
		if op == "queue.Head" {
			<-over
		}
		return memroom.Fault{}
	}
	var ticks atomic.Int64
	r := &exchange.Runner{
		Exchange: w.x, For: 3 * time.Second, Observe: func(exchange.Result, error) { ticks.Add(1) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			if rounds++; rounds == 3 {
				close(over)
			}
			return w.sleep(ctx, d)
		},
	}
	is(t, r.Run(ctx, "run"), "")
	if n := ticks.Load(); n != 1 || rounds != 3 {
		t.Errorf("%d ticks in %d rounds", n, rounds)
	}
}
