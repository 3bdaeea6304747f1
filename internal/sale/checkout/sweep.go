package checkout

import (
	"context"
	"errors"
	"sync"

	"foyer/internal/parallel"
	"foyer/internal/sale/order"
)

// sweepBatch is how many due orders the sweeper reads at a time, and sweepParallel how many it drives at a time. After
// awayAfter in a row for which the provider could not be asked, it asks for no other: they stay due, so that they go on
// with the first sweep after the provider is back.
const (
	sweepBatch    = 100
	sweepParallel = 8
	awayAfter     = 16
)

// Swept is what one sweep of a zone did.
type Swept struct {
	Looked int // orders that were due
	Paid   int
	Ended  int // nothing was charged, or it was refunded
	Failed int // could not be brought further
}

// Sweep drives every order of the zone that is due, the longest due first, until there are none or the context ends. An
// order that fails holds up no other. The error joins those of single orders.
func (s *Opener) Sweep(ctx context.Context, zone string) (Swept, error) {
	var swept Swept
	var all []error
	gone := 0
	seen := map[string]bool{}
	for ctx.Err() == nil {
		ids, err := s.Orders.Due(ctx, zone, s.Now(), sweepBatch)
		if err != nil {
			return swept, errors.Join(append(all, err)...)
		}
		news := unseen(ids, seen)
		if len(news) == 0 {
			break
		}
		all = append(all, s.sweep(ctx, news, &swept, &gone)...)
	}
	return swept, errors.Join(all...)
}

// Late returns how late the zone's open orders are.
func (s *Opener) Late(ctx context.Context, zone string) (order.Lateness, error) {
	open, err := s.Orders.ListOpen(ctx, zone)
	return order.Late(open, s.Now()), err
}

// unseen returns the ids that this sweep has not looked at yet: the index lags behind the table.
func unseen(ids []string, seen map[string]bool) (news []string) {
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			news = append(news, id)
		}
	}
	return news
}

func (s *Opener) sweep(ctx context.Context, ids []string, swept *Swept, gone *int) (failed []error) {
	var mu sync.Mutex
	_ = parallel.Do(ctx, len(ids), sweepParallel, func(i int) error {
		mu.Lock()
		ask := *gone < awayAfter
		mu.Unlock()
		o, err := s.sweepOne(ctx, ids[i], ask)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case away(err):
			*gone++
		case ask:
			*gone = 0
		}
		swept.add(o, err)
		if err != nil {
			failed = append(failed, err)
		}
		return nil
	})
	return failed
}

// sweepOne drives an order; if the provider is not to be asked, only as far as time alone brings it.
func (s *Opener) sweepOne(ctx context.Context, id string, ask bool) (order.Order, error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return o, err
	}
	if !ask {
		return s.move(ctx, o, order.Event{Kind: order.Tick})
	}
	o, err = s.look(ctx, o)
	return s.putOff(ctx, o, err), err
}

func (s *Swept) add(o order.Order, err error) {
	s.Looked++
	switch {
	case err != nil:
		s.Failed++
	case o.State == order.Paid:
		s.Paid++
	case o.Final():
		s.Ended++
	}
}
