package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"foyer/internal/sale/order"
)

// Taken is a seat that is sold, according to the seats' table.
type Taken struct{ Seat, Order string }

// Books reads a zone's sale, each source by itself and whole.
type Books interface {
	Taken(ctx context.Context, zone string) ([]Taken, error)
	Orders(ctx context.Context, zone string) ([]order.Order, error)
	// Payments returns what the provider says about these orders' money, by order. Orders that it doesn't know are absent.
	Payments(ctx context.Context, orders []order.Order) (map[string]order.Payment, error)
	Entries(ctx context.Context, zone string) ([]Entry, error)
}

// Disagreement is one thing that two sources show differently.
type Disagreement struct {
	Order string `json:"order,omitempty"`
	Seat  string `json:"seat,omitempty"`
	Says  string `json:"says"`
}

func (d Disagreement) String() string {
	text := d.Says
	if d.Seat != "" {
		text = "seat " + d.Seat + ": " + text
	}
	if d.Order != "" {
		text = "order " + d.Order + ": " + text
	}
	return text
}

// Verify reads everything of a zone and returns what disagrees. What happened after settled may still be on its way: it
// isn't reported as missing in the ledger or at the provider.
func Verify(ctx context.Context, books Books, zone string, settled time.Time) ([]Disagreement, error) {
	var s Statement
	var err error
	// The ledger first: whatever is in it must be in what is read later, even while the sale goes on.
	if s.Entries, err = books.Entries(ctx, zone); err != nil {
		return nil, err
	}
	if s.Taken, err = books.Taken(ctx, zone); err != nil {
		return nil, err
	}
	if s.Orders, err = books.Orders(ctx, zone); err != nil {
		return nil, err
	}
	if s.Payments, err = books.Payments(ctx, s.Orders); err != nil {
		return nil, err
	}
	return s.Disagreements(settled), nil
}

// Statement is a zone's sale as it was read from every source.
type Statement struct {
	Taken    []Taken
	Orders   []order.Order
	Payments map[string]order.Payment
	Entries  []Entry
}

// Disagreements returns what doesn't fit, sorted.
func (s Statement) Disagreements(settled time.Time) []Disagreement {
	r := &reconciler{settled: settled, orders: map[string]order.Order{}, buyer: map[string]string{}}
	for _, o := range s.Orders {
		r.orders[o.ID] = o
	}
	r.seats(s.Taken)
	for _, o := range s.Orders {
		r.money(o, s.Payments)
	}
	r.entries(s.Entries)
	slices.SortFunc(r.found, func(a, b Disagreement) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Seat, b.Seat), cmp.Compare(a.Says, b.Says))
	})
	return r.found
}

type reconciler struct {
	settled time.Time
	orders  map[string]order.Order
	buyer   map[string]string // seat → the order that has it
	found   []Disagreement
}

func (r *reconciler) report(id, seat, format string, args ...any) {
	r.found = append(r.found, Disagreement{id, seat, fmt.Sprintf(format, args...)})
}

// seats compares seats and orders: each taken seat is one order's, and each seat of an order that takes them is taken.
func (r *reconciler) seats(taken []Taken) {
	has := map[string]string{}
	for _, t := range taken {
		has[t.Seat] = t.Order
		o, known := r.orders[t.Order]
		switch {
		case !known:
			r.report(t.Order, t.Seat, "the seat is taken by an order that doesn't exist")
		case !o.Takes():
			r.report(o.ID, t.Seat, "the seat is taken by an order that is %s", o.State)
		case !slices.ContainsFunc(o.Remaining(), func(l order.Line) bool { return l.Seat == t.Seat }):
			r.report(o.ID, t.Seat, "the seat is taken by an order that isn't of it")
		}
	}
	for _, o := range r.orders {
		if !o.Takes() {
			continue
		}
		for _, line := range o.Remaining() {
			if other, twice := r.buyer[line.Seat]; twice {
				r.report(max(o.ID, other), line.Seat, "the seat is sold twice, also in order %s", min(o.ID, other))
			}
			if r.buyer[line.Seat] = o.ID; has[line.Seat] == "" {
				r.report(o.ID, line.Seat, "the order is %s but the seat is not taken", o.State)
			}
		}
	}
}

// fits is the states of a payment that fit each state of an order; "" is a payment that the provider doesn't know.
var fits = map[order.State][]order.PaymentState{
	order.Pending:    {"", order.PaymentUnpaid, order.PaymentAuthorised, order.PaymentCancelled, order.PaymentFree},
	order.Authorised: {order.PaymentAuthorised, order.PaymentCaptured, order.PaymentFree},
	order.Paid:       {order.PaymentCaptured, order.PaymentRefunded, order.PaymentFree},
	order.Closing: {"", order.PaymentUnpaid, order.PaymentAuthorised, order.PaymentCaptured, order.PaymentCancelled,
		order.PaymentRefunded, order.PaymentFree},
	order.Expired:   {"", order.PaymentUnpaid, order.PaymentCancelled, order.PaymentFree},
	order.Cancelled: {"", order.PaymentUnpaid, order.PaymentCancelled, order.PaymentFree},
	order.Refunded:  {order.PaymentRefunded, order.PaymentFree},
}

// Fits reports whether an order and its payment agree.
func Fits(o order.Order, p order.Payment) bool {
	r := &reconciler{settled: o.CreatedAt, orders: map[string]order.Order{}}
	r.money(o, map[string]order.Payment{o.ID: p})
	return len(r.found) == 0
}

// money compares orders and payments.
func (r *reconciler) money(o order.Order, payments map[string]order.Payment) {
	p := payments[o.ID]
	if o.Method == order.Free && o.Session == "" {
		p.State = order.PaymentFree // the provider was never asked
	}
	var sum int64
	for _, line := range o.Lines {
		sum += line.Price
	}
	if sum != o.Amount {
		r.report(o.ID, "", "its seats cost %d, it asks for %d", sum, o.Amount)
	}
	owed := o.Owed()
	if owed > 0 {
		r.report(o.ID, "", "a refund of %d %s came back from the buyer's bank and was not made again", owed, o.Currency)
	}
	cameBack := o.State == order.Refunded && p.State == order.PaymentCaptured && p.RefundedTotal == o.Amount-owed
	if !slices.Contains(fits[o.State], p.State) && !cameBack {
		r.report(o.ID, "", "it is %s, the provider says %q", o.State, p.State)
	}
	charged := p.State == order.PaymentCaptured || p.State == order.PaymentRefunded
	if charged && o.Takes() && (p.Amount != o.Amount || p.Currency != o.Currency) {
		r.report(o.ID, "", "it asks for %d %s, the provider charged %d %s", o.Amount, o.Currency, p.Amount, p.Currency)
	}
	if o.State == order.Paid && o.RefundAt.IsZero() && p.State == order.PaymentRefunded && r.late(o.PaidAt) {
		r.report(o.ID, "", "the provider gave the money back, the order is still paid")
	}
	r.refunds(o, p)
	if now := cmp.Or(p.Dispute, o.Dispute); now.Threatens() {
		r.report(o.ID, "", "the buyer's bank disputes the payment of %d %s: %s", o.Amount, o.Currency, now)
	}
	r.open(o)
}

// longTried is how many looks in a row at an order take a quarter of an hour: each puts the next one off for longer, so
// that none is ever overdue.
const longTried = 6

// open reports an order that is late. Partial refunds are reported by refunds.
func (r *reconciler) open(o order.Order) {
	switch {
	case o.State == order.Pending && r.late(o.PayBy.Add(2*order.Grace)):
		r.report(o.ID, "", "it is still pending past its deadline")
	case o.State == order.Authorised && r.late(o.AuthorisedAt):
		r.report(o.ID, "", "it is still authorised")
	case o.State == order.Paid && !o.RefundAt.IsZero() && r.late(o.RefundAt):
		r.report(o.ID, "", "the refund of all of it is still under way")
	case o.State == order.Closing && r.late(o.PayBy.Add(order.Grace)) && (r.late(o.Due) || o.Tries >= longTried):
		r.report(o.ID, "", "it is still closing")
	}
}

// refunds compares what the provider refunded of a sale with the order's partial refunds. One that is under way has
// until settled to arrive.
func (r *reconciler) refunds(o order.Order, p order.Payment) {
	if o.State != order.Paid || p.State != order.PaymentCaptured || !o.RefundAt.IsZero() {
		return
	}
	done, asked := -o.Owed(), -o.Owed()
	for _, one := range o.PartialRefunds {
		asked += one.Amount
		if one.Done() {
			done += one.Amount
		}
		if !one.Done() && r.late(one.AskedAt) {
			r.report(o.ID, "", "the refund of %v is still under way", one.Seats)
		}
	}
	switch {
	case p.RefundedTotal < done:
		r.report(o.ID, "", "the provider gave back %d, its refunded seats cost %d", p.RefundedTotal, done)
	case p.RefundedTotal > asked:
		r.report(o.ID, "", "the provider gave back %d, of which %d is for no seat", p.RefundedTotal, p.RefundedTotal-asked)
	}
}

// late reports whether what happened at that time should have arrived everywhere.
func (r *reconciler) late(at time.Time) bool { return at.Before(r.settled) }

// entries compares orders and the ledger.
func (r *reconciler) entries(have []Entry) {
	want := map[Key]Entry{}
	for _, o := range r.orders {
		for _, e := range EntriesOf(o) {
			want[e.Key] = e
		}
	}
	for _, e := range have {
		w, known := want[e.Key]
		delete(want, e.Key)
		switch _, exists := r.orders[e.Order]; {
		case !exists:
			r.report(e.Order, e.Seat, "the ledger has a %s of an order that doesn't exist", e.Kind)
		case !known:
			r.report(e.Order, e.Seat, "the ledger has a %s that the order doesn't tell of", e.Kind)
		case !e.same(w):
			r.report(e.Order, e.Seat, "the ledger has the %s differently: %d %s, not %d %s, or at another time or place",
				e.Kind, e.Amount, e.Currency, w.Amount, w.Currency)
		}
	}
	for _, w := range want {
		if r.late(w.At) {
			r.report(w.Order, w.Seat, "the ledger lacks the %s", w.Kind)
		}
	}
}
