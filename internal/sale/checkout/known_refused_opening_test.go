package checkout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/sale/pay"
	"foyer/internal/testkit/known"
)

// replaying answers as Stripe does: what a key was answered with first, a 500 too, it is answered with for a day. The key
// of opening is the order's id for ever (stripe.stepKey).
type replaying struct {
	*bank
	saved map[string]error
	first bool
}

func (b *replaying) Open(ctx context.Context, c pay.Checkout) (pay.Session, error) {
	if err := b.saved[c.Order.ID]; err != nil {
		return pay.Session{}, err
	}
	if !b.first { // one bad moment at Stripe
		b.first = true
		b.saved[c.Order.ID] = pay.Unavailable(errors.New("stripe: status 500"), time.Second)
		return pay.Session{}, b.saved[c.Order.ID]
	}
	return b.bank.Open(ctx, c)
}

func TestKnownOne500AtOpening(t *testing.T) {
	known.Fault(t, "one 500at opening")
	w := newWorld(t, 1)
	w.service.Pay = pay.NewGuard(
		&replaying{bank: w.bank, saved: map[string]error{}},
		func(context.Context, time.Duration) error { return nil },
		nil,
	)
	w.chooses(w.buyers[0], "A-1-1")
	var err error
	tries := 0
	for w.clock = noon; w.clock.Before(noon.Add(15 * time.Minute)); w.clock = w.clock.Add(20 * time.Second) {
		tries++
		if _, err = w.service.Start(w.ctx, w.buyers[0], request("1")); err == nil { // the page keeps its key
			return
		}
	}
	t.Errorf(
		"FAIL: after one 500 the buyer tried %d times in 15 minutes, as the page says, and never got a page to pay on: %v",
		tries,
		err,
	)
}
