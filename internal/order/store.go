package order

import (
	"context"
	"fmt"
	"time"

	"foyer/internal/queue"
)

// LimitError says that an e-mail address has, or is about to buy, as many seats as it may.
type LimitError struct{ Limit int }

func (e *LimitError) Error() string {
	return fmt.Sprintf("order: the address would have more than %d seats", e.Limit)
}

// SeatsError says that seats could not be taken: they are taken, or in other hands, or more than the buyer may have.
type SeatsError struct{ Seats []string }

func (e *SeatsError) Error() string { return fmt.Sprintf("order: %d seats are lost", len(e.Seats)) }

// Store keeps orders.
type Store interface {
	// Create adds o, counts its seats against the limit of its e-mail address and makes it its buyer's latest order,
	// in one transaction. It returns problem.Conflict when an order has that id already, except when it is this very
	// one (a retried write that had landed), which is success; and *LimitError.
	Create(ctx context.Context, o Order) error

	// Get reads an order consistently. It returns problem.NotFound.
	Get(ctx context.Context, id string) (Order, error)

	// Latest is the id of the buyer's latest order in the zone, read consistently; empty when there is none.
	Latest(ctx context.Context, zone string, buyer queue.VisitorID) (id string, err error)

	// Save replaces before by after, the next version of the same order, together with all that follows from it, in
	// one transaction: where after takes its seats and before did not, the seats are taken and counted as bought, each
	// on being held by the buyer and not taken; where only before took them they are free again; and what the order
	// counts against the limit of its e-mail address changes with Counts. It returns problem.Conflict when the stored order is
	// not before any more, except when it is after (a retried write that had landed), which is success; and
	// *SeatsError, with nothing changed.
	Save(ctx context.Context, before, after Order) error

	// Due is up to limit ids of the zone's open orders that are due at the time now, the longest due first, eventually
	// consistent.
	Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error)
}
