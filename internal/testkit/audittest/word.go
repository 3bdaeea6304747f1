package audittest

import (
	"context"

	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
)

// Word takes orders at their word, for tests that have only a part of a sale: it is the orders, and money and ledger as
// they should be by them. A Word without orders serves as the money of any.
type Word []order.Order

// All is the orders.
func (w Word) All(context.Context, string) ([]order.Order, error) { return w, nil }

// Get is the money that goes with an order's state.
func (w Word) Get(_ context.Context, o order.Order) (order.Payment, error) {
	p := order.Payment{Order: o.ID, State: order.PaymentCancelled, Amount: o.Amount, Currency: o.Currency}
	switch o.State {
	case order.Authorised:
		p.State = order.PaymentAuthorised
	case order.Paid:
		p.State = order.PaymentCaptured
	case order.Refunded:
		p.State = order.PaymentRefunded
	}
	return p, nil
}

// Entries is what the ledger must hold.
func (w Word) Entries(context.Context, string) (all []ledger.Entry, err error) {
	for _, o := range w {
		all = append(all, ledger.EntriesOf(o)...)
	}
	return all, nil
}

// Seatless is the books of a test without seats: the orders' word is taken for those too.
type Seatless struct{ *audit.Books }

// Taken implements ledger.Books.
func (b Seatless) Taken(ctx context.Context, zone string) (all []ledger.Taken, err error) {
	orders, err := b.Bought.All(ctx, zone)
	for _, o := range orders {
		for _, l := range o.Lines {
			if o.Takes() {
				all = append(all, ledger.Taken{Seat: l.Seat, Order: o.ID})
			}
		}
	}
	return all, err
}
