// Package audit reads a zone's whole sale from the stores and the payment provider, for ledger.Verify to compare. It
// writes nothing.
package audit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// atOnce is how many sections are read at a time.
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
	// Sleep waits, or returns the context's error; nil: the provider is asked without a pause.
	Sleep    func(ctx context.Context, d time.Duration) error
	Progress *Progress // where to go on with the payments; nil: from the start
	Ledger   interface {
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

// Entries implements ledger.Books.
func (b *Books) Entries(ctx context.Context, zone string) ([]ledger.Entry, error) {
	return b.Ledger.Entries(ctx, zone)
}
