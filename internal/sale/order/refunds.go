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
	Inquired    Dispute = "inquiry" // the bank asks; the money stays for now, and may be refunded
	Disputed    Dispute = "open"    // the bank has taken the money back for now
	DisputeWon  Dispute = "won"     // the money stays, or the inquiry was closed
	DisputeLost Dispute = "lost"    // the money is gone
)

// Threatens reports whether the money may go, or has gone, without a refund.
func (d Dispute) Threatens() bool { return d == Inquired || d == Disputed || d == DisputeLost }

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

// FailedRefund is a refund of the order that the buyer's bank sent back, as happens days later when the card is closed:
// the seller has the money again, and the buyer neither money nor seats. It is made again only when it is asked for,
// since the same card would mostly send it back again.
type FailedRefund struct {
	ID            string   // the provider's
	Number        int      // of the partial refund, from 1; 0: it was for the whole remainder, or not ours
	Seats         []string // that it was for; none if it was made directly at the provider
	Amount        int64    // minor units
	At            time.Time
	AskedAt       time.Time // when it was asked for again; zero: it was not
	RefundedTotal int64     // what RefundedTotal is once it is made again
	DoneAt        time.Time // when it was made again
}

// Done reports whether the refund was made again.
func (r FailedRefund) Done() bool { return !r.DoneAt.IsZero() }

// open reports whether the refund is being made again.
func (r FailedRefund) open() bool { return !r.AskedAt.IsZero() && !r.Done() }

// Owed returns what was refunded, came back and was not made again: the buyer's money, in minor units.
func (o Order) Owed() (total int64) {
	for _, r := range o.FailedRefunds {
		if !r.Done() {
			total += r.Amount
		}
	}
	return total
}

// SentBack returns what was refunded and stayed there.
func (o Order) SentBack() int64 { return o.RefundedTotal - o.failed() }

// sentAll reports whether all of the money was sent back and some of that failed, without having been asked for again.
func (o Order) sentAll() bool {
	total := o.RefundedTotal
	for _, r := range o.FailedRefunds {
		if !r.AskedAt.IsZero() {
			total -= r.Amount
		}
	}
	return o.Owed() > 0 && total >= o.Amount
}

// failed returns all that ever came back.
func (o Order) failed() (total int64) {
	for _, r := range o.FailedRefunds {
		total += r.Amount
	}
	return total
}

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

// Moved returns the time of the last thing that the ledger and the buyer learn of: the payment, a refund, one that came
// back, or the end.
func (o Order) Moved() time.Time {
	times := []time.Time{o.PaidAt, o.EndedAt}
	for _, r := range o.PartialRefunds {
		times = append(times, r.DoneAt)
	}
	for _, r := range o.FailedRefunds {
		times = append(times, r.At, r.DoneAt)
	}
	return slices.MaxFunc(times, time.Time.Compare)
}

// NextRefund returns the refund that the order needs next: the number of its partial refund, from 1, or 0; and its
// amount, or 0 for the whole remainder of the money.
func (o Order) NextRefund() (number int, amount int64) {
	if o.State != Refunded && (o.State != Paid || !o.RefundAt.IsZero()) {
		return 0, 0
	}
	var first int64
	rest := o.Amount - o.SentBack()
	for i, r := range o.PartialRefunds {
		if !r.Done() && amount == 0 { // a later one ends at a larger sum
			number, amount, first = i+1, min(r.Amount, rest), r.RefundedTotal
		}
	}
	for _, r := range o.FailedRefunds {
		if r.open() && (amount == 0 || r.RefundedTotal < first) {
			number, amount, first = r.Number, min(r.Amount, rest), r.RefundedTotal
		}
	}
	return number, amount
}

// refunding reports whether a partial refund is under way, or one that failed is being made again.
func (o Order) refunding() bool {
	return slices.ContainsFunc(o.PartialRefunds, func(r PartialRefund) bool { return !r.Done() }) ||
		slices.ContainsFunc(o.FailedRefunds, FailedRefund.open)
}

// refundAskedAt returns when the oldest refund that is under way was asked for.
func (o Order) refundAskedAt() (at time.Time) {
	earlier := func(asked time.Time) {
		if at.IsZero() || asked.Before(at) {
			at = asked
		}
	}
	for _, r := range o.PartialRefunds {
		if !r.Done() {
			earlier(r.AskedAt)
		}
	}
	for _, r := range o.FailedRefunds {
		if r.open() {
			earlier(r.AskedAt)
		}
	}
	return at
}

// refundNext marks the refunds that are done, and asks for the next one.
func (o Order) refundNext(now time.Time) (Order, Effect) {
	if o = markDone(o, now); o.refunding() {
		return o, IssueRefund
	}
	return o, None
}

// refundTo returns what RefundedTotal is once all refunds that were asked for are done.
func (o Order) refundTo() int64 {
	total := o.RefundedTotal
	for _, r := range o.PartialRefunds {
		total = max(total, r.RefundedTotal)
	}
	for _, r := range o.FailedRefunds {
		total = max(total, r.RefundedTotal)
	}
	return total
}

// refundAgain asks for those refunds again that failed and are for some of the seats; none: for any.
func refundAgain(o Order, seats []string, now time.Time) Order {
	for i, r := range o.FailedRefunds {
		of := len(seats) == 0 || slices.ContainsFunc(r.Seats, func(id string) bool { return slices.Contains(seats, id) })
		if !of || r.Done() || r.open() {
			continue
		}
		r.AskedAt, r.RefundedTotal = now, o.refundTo()+r.Amount
		o.FailedRefunds = slices.Clone(o.FailedRefunds)
		o.FailedRefunds[i] = r
		o.UsedKeys++ // the provider would repeat what it answered to the first
	}
	return o
}

// refundSeats begins the refund of some seats. Seats that are in a partial refund already are passed over, so that
// repeating it changes nothing.
func refundSeats(o Order, e Event, now time.Time) (Order, Effect, error) {
	switch {
	case o.State == Refunded:
		return refundAgain(o, e.Seats, now), None, nil
	case o.State != Paid:
		return o, None, problem.New(problem.Conflict, "the order is %s, not paid", o.State)
	case !o.RefundAt.IsZero():
		return o, None, nil // all of it is about to be refunded
	case o.chargedBack() && !e.AlreadyRefunded:
		return o, None, chargedBackError(o)
	}
	r, err := o.newPartialRefund(e, now)
	if err != nil {
		return o, None, err
	}
	if !e.AlreadyRefunded {
		o = refundAgain(o, e.Seats, now)
		r.RefundedTotal = o.refundTo() + r.Amount
	}
	if len(r.Seats) == 0 {
		return o, None, nil
	}
	o.PartialRefunds = append(slices.Clone(o.PartialRefunds), r)
	return o, None, nil
}

// chargedBack reports whether the buyer's bank has the money, for now or for good: the provider refuses refunds then.
func (o Order) chargedBack() bool { return o.Dispute == Disputed || o.Dispute == DisputeLost }

func chargedBackError(o Order) error {
	if o.Dispute == DisputeLost {
		return problem.New(problem.Conflict,
			"the buyer's bank took the money of order %s back, and the dispute is lost: there is nothing to refund", o.Number)
	}
	return problem.New(problem.Conflict,
		"the buyer's bank has the money of order %s while it disputes the payment: refund it once that is won", o.Number)
}

// newPartialRefund returns the refund of those of the event's seats that aren't in one yet. A refund made directly at
// the provider counts towards it only if the event says AlreadyRefunded.
func (o Order) newPartialRefund(e Event, now time.Time) (PartialRefund, error) {
	r := PartialRefund{ToHouse: e.ToHouse, AskedAt: now}
	named := int64(0) // of what was sent back: what stands for seats
	for _, before := range o.PartialRefunds {
		named += before.Amount
	}
	for _, again := range o.FailedRefunds {
		if again.RefundedTotal > 0 {
			named += again.Amount
		}
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
	r.RefundedTotal = o.refundTo() + r.Amount
	switch {
	case e.AlreadyRefunded && o.RefundedTotal-named < r.Amount:
		return r, problem.New(problem.Conflict,
			"the provider gave back %d that no seat stands for, the seats cost %d (minor units)",
			max(o.RefundedTotal-named, 0), r.Amount)
	case e.AlreadyRefunded:
		r.RefundedTotal = o.RefundedTotal
	case r.RefundedTotal-o.failed() > o.Amount:
		return r, problem.New(problem.Conflict,
			"the provider gave back %d of %d before, too much for these seats to follow (minor units): was it for them?",
			o.RefundedTotal-o.failed(), o.Amount)
	}
	return r, nil
}

// markDone marks those refunds as done that RefundedTotal covers.
func markDone(o Order, now time.Time) Order {
	o.PartialRefunds, o.FailedRefunds = slices.Clone(o.PartialRefunds), slices.Clone(o.FailedRefunds)
	for i, r := range o.PartialRefunds {
		if !r.Done() && r.RefundedTotal <= o.RefundedTotal {
			o.PartialRefunds[i].DoneAt = now
		}
	}
	for i, r := range o.FailedRefunds {
		if r.open() && r.RefundedTotal <= o.RefundedTotal {
			o.FailedRefunds[i].DoneAt = now
		}
	}
	return o
}

// madeGood marks every refund that failed as made again: all of the money is with the buyer.
func madeGood(o Order, now time.Time) Order {
	o.FailedRefunds = slices.Clone(o.FailedRefunds)
	for i, r := range o.FailedRefunds {
		if r.AskedAt.IsZero() {
			o.FailedRefunds[i].AskedAt = now
		}
		if !r.Done() {
			o.FailedRefunds[i].DoneAt = now
		}
	}
	return o
}

// recordPayment keeps what the provider reports beside where the money stands. The total only grows, since what failed
// is counted apart. The dispute is the last one reported: after one that was won another may begin. The charge stays
// marked at the provider, so that a report without a dispute is one that wasn't asked for it.
func recordPayment(o Order, p Payment, now time.Time) Order {
	o.RefundedTotal = max(o.RefundedTotal, p.sent())
	if p.Dispute != Undisputed {
		o.Dispute = p.Dispute
	}
	for _, f := range p.Failed {
		if slices.ContainsFunc(o.FailedRefunds, func(r FailedRefund) bool { return r.ID == f.ID }) {
			continue
		}
		o.FailedRefunds = append(slices.Clone(o.FailedRefunds), FailedRefund{
			ID: f.ID, Number: f.Number, Seats: o.seatsOf(f), Amount: f.Amount, At: now,
		})
	}
	return o
}

// seatsOf returns the seats that a refund was for.
func (o Order) seatsOf(f RefundFailure) (seats []string) {
	switch {
	case f.Number > 0 && f.Number <= len(o.PartialRefunds):
		return o.PartialRefunds[f.Number-1].Seats
	case o.State == Refunded || !o.RefundAt.IsZero():
		for _, l := range o.Unrefunded() {
			seats = append(seats, l.Seat)
		}
	}
	return seats
}

// sameRefunds reports whether two versions of an order have the same refunds.
func sameRefunds(a, b Order) bool {
	return slices.EqualFunc(a.PartialRefunds, b.PartialRefunds, func(x, y PartialRefund) bool {
		return x.DoneAt.Equal(y.DoneAt) && slices.Equal(x.Seats, y.Seats)
	}) && slices.EqualFunc(a.FailedRefunds, b.FailedRefunds, func(x, y FailedRefund) bool {
		return x.ID == y.ID && x.AskedAt.Equal(y.AskedAt) && x.DoneAt.Equal(y.DoneAt)
	})
}
