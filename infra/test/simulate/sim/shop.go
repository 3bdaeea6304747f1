package sim

import (
	"context"
	"fmt"
	"time"

	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/dispatch"
	"foyer/internal/sale/order"
)

// saleMachines is the functions of the sale.
type saleMachines struct {
	w     *World
	seats *pool[*choose.Service]   // choosing
	desks *pool[*checkout.Starter] // checking out, and looking at orders
	jobs  *pool[*checkout.Opener]  // webhooks, captures, sweeps

	mailed, booked map[string]int // by order
	messages       int            // under way
}

func newSaleMachines(w *World) *saleMachines {
	s := &saleMachines{w: w, mailed: map[string]int{}, booked: map[string]int{}}
	s.seats = newPool(w, "seats", w.chooser)
	s.desks = newPool(w, "checkout", w.starter)
	s.jobs = newPool(w, "payments", w.opener)
	w.every(30*time.Second, s.sweep)
	return s
}

func (w *World) opener(m *machine) *checkout.Opener {
	return &checkout.Opener{
		Driver: checkout.Driver{
			Seats: w.stores.seats, Orders: w.stores.orders, Pay: w.bank, Now: w.clock(m), Bought: w.chooser(m).Bought,
		},
		Key: func(context.Context) (order.LinkKey, error) { return order.LinkKey{1}, nil },
	}
}

func (w *World) starter(m *machine) *checkout.Starter {
	owner := func() string { w.lookers++; return fmt.Sprint(w.lookers) }
	return &checkout.Starter{Opener: *w.opener(m), Sale: w.chooser(m), Looks: w.looks, Owner: owner}
}

// sweep is the sweeper's turn.
func (s *saleMachines) sweep() {
	s.w.start(nil, func(t *thread) {
		_ = s.jobs.serve(t, func(ctx context.Context, c *checkout.Opener) error {
			_, err := c.Sweep(ctx, zoneName)
			return err
		})
	})
}

// webhook is a message of the provider, which sends it again when it wasn't taken.
func (s *saleMachines) webhook(id, session string, tries int) {
	s.w.start(s.w.buyerOf(id), func(t *thread) {
		for range tries {
			err := s.jobs.serve(t, func(ctx context.Context, c *checkout.Opener) error {
				_, err := c.Noticed(ctx, "good", []byte(id+" "+session))
				return err
			})
			if err == nil || s.w.over {
				return
			}
			t.wait(s.w.about(5 * time.Second))
		}
	})
}

// orderWritten is a record of the orders' stream: the work that follows from it is sent to its queues.
func (s *saleMachines) orderWritten(old *order.Order, o order.Order) {
	for _, work := range dispatch.Work(old, o) {
		s.messages++
		s.w.message(s.w.who(o.Buyer), func(t *thread) error { return s.do(t, work, o) }, func() { s.messages-- })
	}
}

func (s *saleMachines) do(t *thread, work dispatch.Queue, o order.Order) error {
	switch work {
	case dispatch.Payments:
		return s.jobs.serve(t, func(ctx context.Context, c *checkout.Opener) error { return c.Job(ctx, o.ID) })
	case dispatch.Mails:
		s.mailed[o.ID]++
	case dispatch.Bookings:
		s.booked[o.ID]++
	}
	return nil
}
