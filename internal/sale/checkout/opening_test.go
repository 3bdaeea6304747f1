package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// replaying answers as Stripe does: what a key was answered with first, a 500 too, it is answered with for a day.
type replaying struct {
	*bank
	fail   int  // so many of the next calls are answered with a 500
	marked bool // repeated answers say so
	saved  map[string]error
	calls  int
}

func (b *replaying) once(key string, do func() error) error {
	b.calls++
	if err := b.saved[key]; err != nil {
		if b.marked {
			err = pay.Unavailable(errors.Join(pay.ErrAnswered, pay.ErrReplayed), time.Second)
		}
		return err
	}
	if b.fail > 0 {
		b.fail--
		b.saved[key] = pay.Unavailable(pay.ErrAnswered, time.Second)
		return b.saved[key]
	}
	return do()
}

func (b *replaying) Open(ctx context.Context, c pay.Checkout) (s pay.Session, err error) {
	err = b.once(fmt.Sprint(c.Order.ID, "-open-", c.Order.UsedKeys), func() (err error) {
		s, err = b.bank.Open(ctx, c)
		return err
	})
	return s, err
}

func (b *replaying) Refund(ctx context.Context, o order.Order) (p order.Payment, err error) {
	number, _ := o.NextRefund()
	err = b.once(fmt.Sprint(o.ID, "-return-", number, "-", o.UsedKeys), func() (err error) {
		p, err = b.bank.Refund(ctx, o)
		return err
	})
	return p, err
}

func (w *world) replays(marked bool) *replaying {
	b := &replaying{bank: w.bank, saved: map[string]error{}, marked: marked}
	w.service.Pay = pay.NewGuard(b, func(context.Context, time.Duration) error { return nil }, nil)
	return b
}

// One bad moment of the provider costs the buyer nothing, though the provider repeats its 500 for a day.
func TestA500AtOpeningIsOvercomeWithAnotherKey(t *testing.T) {
	for _, marked := range []bool{false, true} {
		w := newWorld(t, 1)
		b := w.replays(marked)
		b.fail = 1
		w.chooses(w.buyers[0], "A-1-1")
		started, err := w.service.Start(w.ctx, w.buyers[0], request("1"))
		if err != nil {
			t.Fatalf("repeats marked %v: %v", marked, err)
		}
		again, err := w.service.Start(w.ctx, w.buyers[0], request("1"))
		if err != nil || again != started || len(w.bank.all()) != 1 {
			t.Errorf("%+v and %+v, %v, %d pages", started, again, err, len(w.bank.all()))
		}
	}
}

func TestAnOutageAtOpeningIsOvercomeByTryingAgain(t *testing.T) {
	w := newWorld(t, 1)
	b := w.replays(true)
	b.fail = 7
	w.chooses(w.buyers[0], "A-1-1")
	var err error
	for range 10 {
		if _, err = w.service.Start(w.ctx, w.buyers[0], request("1")); err == nil {
			break
		}
		if d := problem.Describe(err, ""); d.Code != problem.Provider || d.HeldUntil == 0 {
			t.Errorf("the buyer reads %+v", d)
		}
		w.clock = w.clock.Add(20 * time.Second)
	}
	if err != nil {
		t.Errorf("after %d calls: %v", b.calls, err)
	}
}

func TestA500AtARefundIsOvercomeWithAnotherKey(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	id := w.buys("1")
	b := w.replays(true)
	b.fail = 1
	_, _ = w.service.RefundSeats(w.ctx, id, seatsRefund("A-1-3"))
	w.clock = w.clock.Add(time.Minute)
	_, err := w.service.Sweep(w.ctx, "main")
	w.must(err)
	if o := w.is(id, order.Paid, ""); len(o.Remaining()) != 1 || w.bank.all()[0].back != 3000 {
		t.Errorf("%d went back, %d seats stay", w.bank.all()[0].back, len(o.Remaining()))
	}
}
