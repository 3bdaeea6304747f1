package pay

import (
	"context"
	"time"

	"foyer/internal/sale/order"
)

// Lister lists payments by the time at which their checkouts were made. Refunds that failed are in no list.
type Lister interface {
	// List returns a page of the checkouts made from From on and before To, the newest first: the first page after "",
	// and each next one after what the page before says. It returns problem.Provider.
	List(ctx context.Context, from, to time.Time, after string) (Page, error)
}

// Page is a part of a list.
type Page struct {
	Payments []order.Payment
	Next     string // empty: there is no more
}
