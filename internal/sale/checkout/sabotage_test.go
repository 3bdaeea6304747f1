package checkout_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// watched records the first error of a play that should fail.
type watched struct {
	ctx   context.Context
	first string
}

func (w *watched) Helper()                  {}
func (w *watched) Context() context.Context { return w.ctx }
func (w *watched) Fatal(args ...any)        { w.Errorf("%s", fmt.Sprint(args...)) }
func (w *watched) Errorf(format string, args ...any) {
	if w.first == "" {
		w.first = fmt.Sprintf(format, args...)
	}
}

// spoiled is an order store with a guard taken out.
type spoiled struct {
	order.Store
	save   func(order.Store, order.Order, order.Order) error
	create func(order.Store, order.Order) error
	due    func() []string
}

func (s spoiled) Save(ctx context.Context, before, after order.Order) error {
	if s.save == nil {
		return s.Store.Save(ctx, before, after)
	}
	return s.save(s.Store, before, after)
}

func (s spoiled) Create(ctx context.Context, o order.Order) error {
	if s.create == nil {
		return s.Store.Create(ctx, o)
	}
	return s.create(s.Store, o)
}

func (s spoiled) Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error) {
	if s.due == nil {
		return s.Store.Due(ctx, zone, now, limit)
	}
	return s.due(), nil
}

// Each guard is needed: without it some play goes wrong.
func TestWithoutAGuardSomethingGoesWrong(t *testing.T) {
	ctx := context.Background()
	for name, spoil := range map[string]func(*world){
		"the key of a seat's refund": func(w *world) { w.bank.twice = true },
		"the seats' conditions": func(w *world) {
			w.orders = spoiled{Store: w.orders, save: func(s order.Store, before, after order.Order) error {
				err := s.Save(ctx, before, after)
				if problem.CodeOf(err) == problem.SeatTaken {
					return nil
				}
				return err
			}}
		},
		"the order's version": func(w *world) {
			w.orders = spoiled{Store: w.orders, save: func(s order.Store, _, after order.Order) error {
				there, err := s.Get(ctx, after.ID)
				if err != nil {
					return err
				}
				after.Version = there.Version + 1
				return s.Save(ctx, there, after)
			}}
		},
		"one checkout per order": func(w *world) { w.bank.double = true },
		"the sweeper":            func(w *world) { w.orders = spoiled{Store: w.orders, due: func() []string { return nil }} },
		"the address's limit": func(w *world) {
			w.orders = spoiled{Store: w.orders, create: func(s order.Store, o order.Order) error {
				o.EmailHash = o.ID
				return s.Create(ctx, o)
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range 1000 {
				w := &watched{ctx: t.Context()}
				play(w, uint64(seed), func(world *world) {
					spoil(world)
					world.wire()
				})
				if w.first != "" {
					t.Logf("seed %d: %s", seed, w.first)
					return
				}
			}
			t.Error("a thousand plays went well without it")
		})
	}
}
