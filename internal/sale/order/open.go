package order

import "time"

// CaptureWithin is how long capturing an authorised payment takes at most while all is well: its job runs within
// seconds, and again if it fails.
const CaptureWithin = 2 * time.Minute

// OpenOrder is as much of an open order as shows whether it is late.
type OpenOrder struct {
	State       State
	OverdueFrom time.Time // see Order.OverdueFrom
}

// OverdueFrom returns the time from which an open order counts as late: its deadline while it isn't paid, the
// authorisation until it is captured, the request for a refund until that is done. It is the zero time for an order
// that isn't open.
func (o Order) OverdueFrom() time.Time {
	switch {
	case !o.Open():
		return time.Time{}
	case o.State == Authorised:
		return o.AuthorisedAt
	case o.refunding():
		return o.refundAskedAt()
	case o.State == Paid:
		return o.RefundAt
	}
	return o.PayBy
}

// Lateness sums up how late a zone's open orders are at some time.
type Lateness struct {
	Oldest     time.Duration // of the order that is overdue for longest; 0: none is
	Uncaptured int           // orders that are authorised for longer than CaptureWithin
}

// Late returns the lateness of open orders.
func Late(open []OpenOrder, now time.Time) (l Lateness) {
	for _, o := range open {
		past := now.Sub(o.OverdueFrom)
		l.Oldest = max(l.Oldest, past)
		if o.State == Authorised && past > CaptureWithin {
			l.Uncaptured++
		}
	}
	return l
}
