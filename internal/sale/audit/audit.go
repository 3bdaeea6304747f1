// Package audit reads a zone's whole sale from the stores and the payment provider, for ledger.Verify to compare. It
// writes nothing.
package audit

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// atOnce is how many sections, or payments, are read at a time. Stripe takes a hundred requests a second.
const atOnce = 16

// Books is ledger.Books over the stores and the payment provider.
type Books struct {
	Maps interface {
		Overview(ctx context.Context, zone string) (venue.Overview, error)
	}
	Seats interface {
		Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error)
	}
	Bought interface {
		All(ctx context.Context, zone string) ([]order.Order, error)
	}
	Pay interface {
		Get(ctx context.Context, o order.Order) (order.Payment, error)
	}
	Ledger interface {
		Entries(ctx context.Context, zone string) ([]ledger.Entry, error)
	}
}

var _ ledger.Books = (*Books)(nil)

// Taken implements ledger.Books. A zone without a map has no seats.
func (b *Books) Taken(ctx context.Context, zone string) (all []ledger.Taken, err error) {
	o, err := b.Maps.Overview(ctx, zone)
	if problem.CodeOf(err) == problem.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, part := range o.Sections {
		group.Go(func() error {
			seats, err := b.Seats.Snapshot(ctx, zone, part.ID)
			mu.Lock()
			defer mu.Unlock()
			for _, s := range seats {
				if s.Order != "" {
					all = append(all, ledger.Taken{Seat: s.ID, Order: s.Order})
				}
			}
			return err
		})
	}
	return all, group.Wait()
}

// Orders implements ledger.Books.
func (b *Books) Orders(ctx context.Context, zone string) ([]order.Order, error) {
	return b.Bought.All(ctx, zone)
}

// Payments implements ledger.Books. It doesn't ask about an order without a checkout at the provider.
func (b *Books) Payments(ctx context.Context, orders []order.Order) (map[string]order.Payment, error) {
	var mu sync.Mutex
	found := map[string]order.Payment{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, o := range orders {
		if o.Session == "" {
			continue
		}
		group.Go(func() error {
			p, err := b.Pay.Get(ctx, o)
			if problem.CodeOf(err) == problem.NotFound {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			found[o.ID] = p
			return err
		})
	}
	return found, group.Wait()
}

// Entries implements ledger.Books.
func (b *Books) Entries(ctx context.Context, zone string) ([]ledger.Entry, error) {
	return b.Ledger.Entries(ctx, zone)
}
