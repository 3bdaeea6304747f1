package order

import (
	"slices"
	"time"

	"foyer/internal/problem"
)

// Dispute is the state of a payment that the buyer denies to their bank.
type Dispute string

// The states of a dispute.
const (
	Undisputed  Dispute = ""
	Disputed    Dispute = "open" // the bank has taken the money back for now, or inquires
	DisputeWon  Dispute = "won"  // the money stays, or the inquiry was closed
	DisputeLost Dispute = "lost" // the money is gone
)

// settled reports whether a dispute is over.
func (d Dispute) settled() bool { return d == DisputeWon || d == DisputeLost }

// PartialRefund is the refund of some seats of a paid order, while the rest of the order stands.
type PartialRefund struct {
	Seats         []string
	Amount        int64 // minor units: what the seats cost
	RefundedTotal int64 // what of the order is refunded in all once this one is done
	ToHouse       bool  // the seats go to the house, not back into the sale
	AskedAt       time.Time
	DoneAt        time.Time // zero while it is under way
}

// Done reports whether the money was refunded.
func (r PartialRefund) Done() bool { return !r.DoneAt.IsZero() }

// Remaining returns the lines that the order still covers: all but those of partial refunds that are done.
func (o Order) Remaining() []Line { return o.without(PartialRefund.Done) }

// Good returns the lines whose tickets are good for entry: none of a refund, even of one that is under way.
func (o Order) Good() []Line {
	if o.State != Paid || !o.RefundAt.IsZero() {
		return nil
	}
	return o.Unrefunded()
}

// Unrefunded returns the lines that are in no partial refund, done or under way.
func (o Order) Unrefunded() []Line { return o.without(func(PartialRefund) bool { return true }) }

// without returns the lines that are in none of the partial refunds for which meant is true.
func (o Order) without(meant func(PartialRefund) bool) []Line {
	out := map[string]bool{}
	for _, r := range o.PartialRefunds {
		for _, seat := range r.Seats {
			out[seat] = out[seat] || meant(r)
		}
	}
	return slices.DeleteFunc(slices.Clone(o.Lines), func(l Line) bool { return out[l.Seat] })
}

// LinesOf returns the order's lines that r refunds.
func (o Order) LinesOf(r PartialRefund) (lines []Line) {
	for _, l := range o.Lines {
		if slices.Contains(r.Seats, l.Seat) {
			lines = append(lines, l)
		}
	}
	return lines
}

// Moved returns the time of the last thing that the ledger and the buyer learn of: the payment, a partial refund or the
// end.
func (o Order) Moved() time.Time {
	last := o.PaidAt
	for _, r := range append([]PartialRefund{{DoneAt: o.EndedAt}}, o.PartialRefunds...) {
		if r.DoneAt.After(last) {
			last = r.DoneAt
		}
	}
	return last
}

// NextRefund returns the refund that the order needs next: the number of a partial refund, from 1, and its amount; or
// number 0 for the whole remainder of the money.
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

// openRefund returns the first partial refund that is under way.
func (o Order) openRefund() (PartialRefund, bool) {
	i := slices.IndexFunc(o.PartialRefunds, func(r PartialRefund) bool { return !r.Done() })
	if i < 0 {
		return PartialRefund{}, false
	}
	return o.PartialRefunds[i], true
}

// refundSeats begins the refund of some seats. Seats that are in a partial refund already are passed over, so that
// repeating it changes nothing.
func refundSeats(o Order, e Event, now time.Time) (Order, Effect, error) {
	switch {
	case o.State == Refunded, o.State == Paid && !o.RefundAt.IsZero():
		return o, None, nil // all of it is refunded, or about to be
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

// newPartialRefund returns the refund of those of the event's seats that aren't in one yet. A refund made directly at
// the provider counts towards it only if the event says AlreadyRefunded.
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
		return r, problem.New(problem.Conflict,
			"the provider gave back %d that no seat stands for, the seats cost %d (minor units)",
			max(o.RefundedTotal-named, 0), r.Amount)
	case e.AlreadyRefunded:
		r.RefundedTotal = o.RefundedTotal
	case r.RefundedTotal > o.Amount:
		return r, problem.New(problem.Conflict,
			"the provider gave back %d of %d before, too much for these seats to follow (minor units): was it for them?",
			o.RefundedTotal, o.Amount)
	}
	return r, nil
}

// markDone marks those partial refunds as done that RefundedTotal covers.
func markDone(o Order, now time.Time) Order {
	o.PartialRefunds = slices.Clone(o.PartialRefunds)
	for i := range o.PartialRefunds {
		if !o.PartialRefunds[i].Done() && o.PartialRefunds[i].RefundedTotal <= o.RefundedTotal {
			o.PartialRefunds[i].DoneAt = now
		}
	}
	return o
}

// recordPayment keeps the refunded total and the dispute that the provider reports. A report may be old: the total only
// grows, and a dispute that is over stays so.
func recordPayment(o Order, p Payment) Order {
	o.RefundedTotal = max(o.RefundedTotal, p.RefundedTotal)
	if !o.Dispute.settled() && p.Dispute != Undisputed {
		o.Dispute = p.Dispute
	}
	return o
}

// samePartialRefunds reports whether two versions of an order have the same partial refunds.
func samePartialRefunds(a, b []PartialRefund) bool {
	return slices.EqualFunc(a, b, func(x, y PartialRefund) bool {
		return x.DoneAt.Equal(y.DoneAt) && slices.Equal(x.Seats, y.Seats)
	})
}
