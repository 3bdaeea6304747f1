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

// settled tells whether a dispute is over.
func (d Dispute) settled() bool { return d == DisputeWon || d == DisputeLost }

// Return is seats of a paid order whose money goes back while the rest of the order stands.
type Return struct {
	Seats   []string
	Amount  int64 // minor units: what the seats cost
	Reach   int64 // what the provider has given back of the order in all once this is done
	Keep    bool  // the seats go to the house, not back into the sale
	AskedAt time.Time
	DoneAt  time.Time // zero while it is under way
}

// Done tells whether the money is back.
func (r Return) Done() bool { return !r.DoneAt.IsZero() }

// Left is the lines that the order still is of: all whose money has not gone back seat by seat.
func (o Order) Left() []Line { return o.without(Return.Done) }

// Good is the lines whose tickets are good for entry: not those either whose money is on its way back.
func (o Order) Good() []Line {
	if o.State != Paid || !o.RefundAt.IsZero() {
		return nil
	}
	return o.Unreturned()
}

// Unreturned is the lines whose money was never asked back seat by seat.
func (o Order) Unreturned() []Line { return o.without(func(Return) bool { return true }) }

// without is the lines that are in none of the returns that are meant.
func (o Order) without(meant func(Return) bool) []Line {
	if len(o.Returns) == 0 {
		return o.Lines
	}
	var left []Line
	for _, l := range o.Lines {
		if !slices.ContainsFunc(o.Returns, func(r Return) bool { return meant(r) && slices.Contains(r.Seats, l.Seat) }) {
			left = append(left, l)
		}
	}
	return left
}

// Of is the order's lines of a return.
func (o Order) Of(r Return) (lines []Line) {
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
	for _, at := range append([]time.Time{o.EndedAt}, dones(o.Returns)...) {
		if at.After(last) {
			last = at
		}
	}
	return last
}

func dones(all []Return) (at []time.Time) {
	for _, r := range all {
		at = append(at, r.DoneAt)
	}
	return at
}

// Back is the refund that the order needs next: the number of a return, from 1, and its amount; or 0, for all that is
// left of the money.
func (o Order) Back() (number int, amount int64) {
	if o.State != Paid || !o.RefundAt.IsZero() {
		return 0, 0
	}
	for i, r := range o.Returns {
		if !r.Done() {
			return i + 1, min(r.Amount, o.Amount-o.GivenBack)
		}
	}
	return 0, 0
}

// returning is the first return that is under way.
func (o Order) returning() (Return, bool) {
	i := slices.IndexFunc(o.Returns, func(r Return) bool { return !r.Done() })
	if i < 0 {
		return Return{}, false
	}
	return o.Returns[i], true
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
	r, err := o.newReturn(e, now)
	if err != nil || len(r.Seats) == 0 {
		return o, None, err
	}
	o.Returns = append(slices.Clone(o.Returns), r)
	return o, None, nil
}

// newReturn is the return of those of the seats that aren't in one. Money that somebody gave back at the provider's own
// desk counts for it when the event says so, and only then.
func (o Order) newReturn(e Event, now time.Time) (Return, error) {
	r := Return{Keep: e.Keep, AskedAt: now}
	from, named := o.GivenBack, int64(0)
	for _, before := range o.Returns {
		from, named = max(from, before.Reach), named+before.Amount
	}
	open := o.Unreturned()
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
	r.Reach = from + r.Amount
	switch {
	case e.Already && o.GivenBack-named < r.Amount:
		return r, problem.New(problem.Conflict, "the provider gave back %d that no seat stands for, the seats cost %d (minor units)", max(o.GivenBack-named, 0), r.Amount)
	case e.Already:
		r.Reach = o.GivenBack
	case r.Reach > o.Amount:
		return r, problem.New(problem.Conflict, "the provider gave back %d of %d before, too much for these seats to follow (minor units): was it for them?", o.GivenBack, o.Amount)
	}
	return r, nil
}

// reached marks the returns as done that are covered by what the provider gave back.
func reached(o Order, now time.Time) Order {
	o.Returns = slices.Clone(o.Returns)
	for i := range o.Returns {
		if !o.Returns[i].Done() && o.Returns[i].Reach <= o.GivenBack {
			o.Returns[i].DoneAt = now
		}
	}
	return o
}

// heard keeps what the provider says beside where the money stands. It may be old: amounts only grow, and a dispute
// that is over stays so.
func heard(o Order, p Payment) Order {
	o.GivenBack = max(o.GivenBack, p.GivenBack)
	if !o.Dispute.settled() && p.Dispute != Undisputed {
		o.Dispute = p.Dispute
	}
	return o
}

// sameReturns tells whether two versions of an order differ in no return.
func sameReturns(a, b []Return) bool {
	return slices.EqualFunc(a, b, func(x, y Return) bool { return x.DoneAt.Equal(y.DoneAt) && slices.Equal(x.Seats, y.Seats) })
}
