package order

import "time"

// CaptureWithin is how long capturing what is reserved takes at most while all is well: the job for it comes within
// seconds, and comes again.
const CaptureWithin = 2 * time.Minute

// Waiting is an open order, as much of it as reports whether it waits for too long.
type OpenOrder struct {
	State       State
	OverdueFrom time.Time // see Order.WaitsSince
}

// WaitsSince is from when on an open order should have gone further: from its deadline while it isn't paid, from being
// authorised until it is captured, from asking for a refund until the money is back. It is the zero time for an order
// that isn't open.
func (o Order) OverdueFrom() time.Time {
	switch {
	case !o.Open():
		return time.Time{}
	case o.State == Authorised:
		return o.AuthorisedAt
	case o.State == Paid && o.RefundAt.IsZero():
		r, _ := o.openRefund()
		return r.AskedAt
	case o.State == Paid:
		return o.RefundAt
	}
	return o.PayBy
}

// Lateness is how a zone's open orders stand at some time.
type Lateness struct {
	Oldest     time.Duration // the longest that one is past its time; 0: none is
	Uncaptured int           // orders whose money is reserved for longer than CaptureWithin
}

// Late sums up open orders.
func Late(open []OpenOrder, now time.Time) (l Lateness) {
	for _, w := range open {
		past := now.Sub(w.OverdueFrom)
		l.Oldest = max(l.Oldest, past)
		if w.State == Authorised && past > CaptureWithin {
			l.Uncaptured++
		}
	}
	return l
}
