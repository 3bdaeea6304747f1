package order

import (
	"slices"
	"time"

	"foyer/internal/problem"
)

// Dispute is how a bank stands to the payment, when its customer denies it.
type Dispute string

// The states of a dispute.
const (
	Undisputed  Dispute = ""
	Disputed    Dispute = "open" // the provider has taken the money back for now, or asks
	DisputeWon  Dispute = "won"  // the money stays, or the bank only asked
	DisputeLost Dispute = "lost" // the money is gone
)

// settled reports whether a dispute is over.
func (d Dispute) settled() bool { return d == DisputeWon || d == DisputeLost }

// Return is seats of a paid order whose money goes back while the rest of the order stands.
type PartialRefund struct {
	Seats         []string
	Amount        int64 // minor units: what the seats cost
	RefundedTotal int64 // what the provider has given back of the order in all once this is done
	ToHouse       bool  // the seats go to the house, not back into the sale
	AskedAt       time.Time
	DoneAt        time.Time // zero while it is under way
}

// Done reports whether the money is back.
func (r PartialRefund) Done() bool { return !r.DoneAt.IsZero() }

// Left is the lines that the order still is of: all whose money has not gone back seat by seat.
func (o Order) Remaining() []Line { return o.without(PartialRefund.Done) }

// Good is the lines whose tickets are good for entry: not those either whose money is on its way back.
func (o Order) Good() []Line {
	if o.State != Paid || !o.RefundAt.IsZero() {
		return nil
	}
	return o.Unrefunded()
}

// Unreturned is the lines whose money was never asked back seat by seat.
func (o Order) Unrefunded() []Line { return o.without(func(PartialRefund) bool { return true }) }

// without is the lines that are in none of the returns that are meant.
func (o Order) without(meant func(PartialRefund) bool) []Line {
	if len(o.PartialRefunds) == 0 {
		return o.Lines
	}
	var left []Line
	for _, l := range o.Lines {
		if !slices.ContainsFunc(o.PartialRefunds, func(r PartialRefund) bool { return meant(r) && slices.Contains(r.Seats, l.Seat) }) {
			left = append(left, l)
		}
	}
	return left
}

// Of is the order's lines of a return.
func (o Order) LinesOf(r PartialRefund) (lines []Line) {
	for _, l := range o.Lines {
		if slices.Contains(r.Seats, l.Seat) {
			lines = append(lines, l)
		}
	}
	return lines
}

// Moved is when what the books and the buyer are told last happened: the payment, a seat's refund or the end.
func (o Order) Moved() time.Time {
	last := o.PaidAt
	for _, at := range append([]time.Time{o.EndedAt}, dones(o.PartialRefunds)...) {
		if at.After(last) {
			last = at
		}
	}
	return last
}

func dones(all []PartialRefund) (at []time.Time) {
	for _, r := range all {
		at = append(at, r.DoneAt)
	}
	return at
}

// Back is the refund that the order needs next: the number of a return, from 1, and its amount; or 0, for all that is
// left of the money.
func (o Order) NextRefund() (number int, amount int64) {
	if o.State != Paid || !o.RefundAt.IsZero() {
		return 0, 0
	}
	for i, r := range o.PartialRefunds {
		if !r.Done() {
			return i + 1, min(r.Amount, o.Amount-o.RefundedTotal)
		}
	}
	return 0, 0
}

// returning is the first return that is under way.
func (o Order) openRefund() (PartialRefund, bool) {
	i := slices.IndexFunc(o.PartialRefunds, func(r PartialRefund) bool { return !r.Done() })
	if i < 0 {
		return PartialRefund{}, false
	}
	return o.PartialRefunds[i], true
}

// refundSeats asks for the money of some seats. Seats that were asked for before are passed over, so that repeating it
// changes nothing.
func refundSeats(o Order, e Event, now time.Time) (Order, Effect, error) {
	switch {
	case o.State == Refunded, o.State == Paid && !o.RefundAt.IsZero():
		return o, None, nil // everything goes back, or has
	case o.State != Paid:
		return o, None, problem.New(problem.Conflict, "the order is %s, not paid", o.State)
	}
	r, err := o.newPartialRefund(e, now)
	if err != nil || len(r.Seats) == 0 {
		return o, None, err
	}
	o.PartialRefunds = append(slices.Clone(o.PartialRefunds), r)
	return o, None, nil
}

// newReturn is the return of those of the seats that aren't in one. Money that somebody gave back at the provider's own
// desk counts for it when the event says so, and only then.
func (o Order) newPartialRefund(e Event, now time.Time) (PartialRefund, error) {
	r := PartialRefund{ToHouse: e.ToHouse, AskedAt: now}
	from, named := o.RefundedTotal, int64(0)
	for _, before := range o.PartialRefunds {
		from, named = max(from, before.RefundedTotal), named+before.Amount
	}
	open := o.Unrefunded()
	for _, id := range e.Seats {
		i := slices.IndexFunc(o.Lines, func(l Line) bool { return l.Seat == id })
		if i < 0 {
			return r, problem.New(problem.Invalid, "seat %s is not of this order", id)
		}
		if slices.Contains(r.Seats, id) || !slices.ContainsFunc(open, func(l Line) bool { return l.Seat == id }) {
			continue
		}
		r.Seats, r.Amount = append(r.Seats, id), r.Amount+o.Lines[i].Price
	}
	r.RefundedTotal = from + r.Amount
	switch {
	case e.AlreadyRefunded && o.RefundedTotal-named < r.Amount:
		return r, problem.New(problem.Conflict, "the provider gave back %d that no seat stands for, the seats cost %d (minor units)", max(o.RefundedTotal-named, 0), r.Amount)
	case e.AlreadyRefunded:
		r.RefundedTotal = o.RefundedTotal
	case r.RefundedTotal > o.Amount:
		return r, problem.New(problem.Conflict, "the provider gave back %d of %d before, too much for these seats to follow (minor units): was it for them?", o.RefundedTotal, o.Amount)
	}
	return r, nil
}

// reached marks the returns as done that are covered by what the provider gave back.
func markDone(o Order, now time.Time) Order {
	o.PartialRefunds = slices.Clone(o.PartialRefunds)
	for i := range o.PartialRefunds {
		if !o.PartialRefunds[i].Done() && o.PartialRefunds[i].RefundedTotal <= o.RefundedTotal {
			o.PartialRefunds[i].DoneAt = now
		}
	}
	return o
}

// heard keeps what the provider says beside where the money stands. It may be old: amounts only grow, and a dispute
// that is over stays so.
func recordPayment(o Order, p Payment) Order {
	o.RefundedTotal = max(o.RefundedTotal, p.RefundedTotal)
	if !o.Dispute.settled() && p.Dispute != Undisputed {
		o.Dispute = p.Dispute
	}
	return o
}

// sameReturns reports whether two versions of an order differ in no return.
func samePartialRefunds(a, b []PartialRefund) bool {
	return slices.EqualFunc(a, b, func(x, y PartialRefund) bool { return x.DoneAt.Equal(y.DoneAt) && slices.Equal(x.Seats, y.Seats) })
}
