// Package ledger keeps the books of a sale in PostgreSQL: every seat sold or refunded is one row, which is added once,
// whatever is redelivered or reordered, and never changed. On AWS the database is Aurora DSQL, so nothing here uses
// what that lacks: sequences, foreign keys, triggers, several statements of DDL in a transaction.
//
// It must never update or delete a row of the books, but for the names of people, which lie beside them in a table of
// their own and can be erased, and never book from anything but the order as it stands.
package ledger

import (
	"slices"
	"time"

	"foyer/internal/sale/order"
)

// Kind is what happened to a seat.
type Kind string

// The kinds of entries.
const (
	Sale         Kind = "sale"
	Refund       Kind = "refund"
	RefundFailed Kind = "refund_failed" // the buyer's bank sent the refund of the same number back
)

// Key is what there is one row of.
type Key struct {
	Order string
	Seat  string
	Kind  Kind
	N     int // of this kind: the first, the second …
}

// Entry is one row.
type Entry struct {
	Key
	Number   string // the order's, for people
	Zone     string
	Section  string
	Label    string // for people
	Category string
	Type     string // the price type
	Amount   int64  // minor units, of a refund as well
	Currency string // ISO 4217, lower case
	VATRate  int    // hundredths of a per cent; 0: none is stated
	VAT      int64  // of the amount, minor units
	Seller   string // empty: it isn't stated
	VATID    string // the seller's
	Name     string // of the buyer, which is kept beside the books; empty: it was erased
	Payment  string // the provider's id
	At       time.Time
}

// EntriesOf returns the rows that the ledger must hold of an order. A refunded order has the rows of its sale too, so
// that neither is lost if the other comes first. An order that was charged but never sold, and so refunded, has none.
func EntriesOf(o order.Order) []Entry {
	if o.PaidAt.IsZero() {
		return nil
	}
	entries := make([]Entry, 0, 2*len(o.Lines))
	for _, line := range o.Lines {
		e := Entry{
			Key: Key{Order: o.ID, Seat: line.Seat, Kind: Sale, N: 1}, Number: o.Number, Zone: o.Zone,
			Section: line.Section, Label: line.Label.String(), Category: line.Category, Type: line.Type,
			VATRate: line.VAT, VAT: line.VATIncluded(), Seller: o.Seller, VATID: o.VATID,
			Amount: line.Price, Currency: o.Currency, Name: o.Name, Payment: o.Payment, At: o.PaidAt,
		}
		entries = append(entries, e)
		if at := refundedAt(o, line.Seat); !at.IsZero() {
			e.Kind, e.At = Refund, at
			entries = append(entries, e)
			entries = append(entries, failures(o, e)...)
		}
	}
	return entries
}

// failures returns the rows of a seat's refunds that came back, each with the refund that was made again; e is the row
// of its first refund.
func failures(o order.Order, e Entry) (entries []Entry) {
	for _, r := range o.FailedRefunds {
		if !slices.Contains(r.Seats, e.Seat) {
			continue
		}
		e.Kind, e.At = RefundFailed, r.At
		entries = append(entries, e)
		if e.N++; r.Done() {
			e.Kind, e.At = Refund, r.DoneAt
			entries = append(entries, e)
		}
	}
	return entries
}

// refundedAt returns when a seat was refunded: by a partial refund, or with the rest of the order.
func refundedAt(o order.Order, seat string) (at time.Time) {
	for _, r := range o.PartialRefunds {
		if slices.Contains(r.Seats, seat) {
			return r.DoneAt
		}
	}
	if o.State == order.Refunded {
		at = o.EndedAt
	}
	return at
}
