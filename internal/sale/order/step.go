package order

import (
	"errors"
	"fmt"
	"time"

	"foyer/internal/problem"
)

// Kind is what happened to an order.
type Kind string

// The kinds of events.
const (
	Opened      Kind = "opened"    // the provider made a checkout: Session and URL
	PaymentSeen Kind = "told"      // the provider said how the money stands: Payment
	Settled     Kind = "settled"   // the seats are being taken with the order, in one transaction
	LostSeat    Kind = "lost seat" // the transaction found that somebody else has a seat
	Cancel      Kind = "cancel"    // the buyer or the provider gives the order up: Reason, Refusal
	RefundAll   Kind = "refund"    // an operator refunds the whole order
	RefundSeats Kind = "partly"    // an operator refunds some seats: Seats, ToHouse, AlreadyRefunded
	Tick        Kind = "tick"      // time has passed
	Stalled     Kind = "stalled"   // a look at the order brought it no further: Away
	Remail      Kind = "remail"    // the buyer wants the tickets mailed again: Email
	Erase       Kind = "erase"     // an operator forgets who the buyer is
	KeyUsed     Kind = "key used"  // the provider would repeat its answer to the next call as well: UsedKeys
)

// Event is something that happened to an order, with the fields that its kind names.
type Event struct {
	Kind            Kind
	Session         string
	URL             string
	Payment         Payment
	Reason          Reason
	Seats           []string
	ToHouse         bool // the seats go to the house, not back into the sale
	AlreadyRefunded bool // the money was refunded before, directly at the provider
	Refusal         string
	Email           string // checked; empty: the address stays
	UsedKeys        int    // of the order when the call was made
	Away            bool   // the provider could not be asked
}

// Effect is what is to be done next, after the step was stored. It follows from the order and the last report on its
// money alone, so that losing it does no harm: the next look at the order finds it again.
type Effect string

// The effects.
const (
	None        Effect = ""
	Settle      Effect = "settle"   // take order and seats in one transaction: the event is Settled, or LostSeat
	Capture     Effect = "capture"  // charge what is authorised
	Expire      Effect = "expire"   // end the provider's page
	Void        Effect = "void"     // release what is authorised
	IssueRefund Effect = "giveback" // refund what was charged
)

// The errors of a step, apart from problem.Conflict. They say that the provider, or we, mixed something up.
var (
	ErrForeign = errors.New("order: the payment is another order's")
	ErrSession = errors.New("order: the provider gave the order a second checkout")
)

// Step is the one way by which an order changes. It returns the order after the event, with a new version if anything
// changed, and what to do next. Events may be repeated, late or out of order: one that the order is already past
// changes nothing. It returns problem.Conflict for a Cancel that comes too late, a refund of an order that isn't paid
// and a RefundSeats of too much; problem.Invalid for a RefundSeats of another order's seats; problem.Conflict,
// problem.Limit and problem.Cooling for a Remail; problem.Conflict for an Erase of an open order; and ErrForeign and
// ErrSession.
func Step(o Order, e Event, now time.Time) (Order, Effect, error) {
	now = ms(now)
	next, effect, err := step(o, e, now)
	if err != nil || same(next, o) {
		return o, effect, err
	}
	next.Version = o.Version + 1
	if next.State != o.State {
		next.Tries = 0
	}
	if e.Kind != Stalled {
		next.Due = next.due(now)
	}
	return next, effect, nil
}

func step(o Order, e Event, now time.Time) (Order, Effect, error) {
	switch e.Kind {
	case Opened:
		return opened(o, e, now)
	case PaymentSeen:
		return paymentSeen(o, e.Payment, now)
	case Settled:
		return settled(o, now), None, nil
	case LostSeat:
		return ifPending(o, BySeats, now), None, nil
	case Cancel:
		return cancel(o, e)
	case RefundAll:
		return refund(o, now)
	case RefundSeats:
		return refundSeats(o, e, now)
	case Tick:
		return tick(o, now), None, nil
	case Stalled:
		return stalled(o, e, now), None, nil
	case Remail:
		return remail(o, e, now)
	case Erase:
		return erase(o)
	case KeyUsed:
		return keyUsed(o, e), None, nil
	}
	return o, None, fmt.Errorf("order: no event is called %q", e.Kind)
}

// same reports whether two versions of an order differ in nothing that a step changes.
func same(a, b Order) bool {
	return a.State == b.State && a.Reason == b.Reason && a.UsedKeys == b.UsedKeys &&
		a.Session == b.Session && a.URL == b.URL && a.Payment == b.Payment &&
		a.Tries == b.Tries && a.RefundAt.Equal(b.RefundAt) && a.Due.Equal(b.Due) && a.RefundedTotal == b.RefundedTotal &&
		a.Dispute == b.Dispute && a.Mails == b.Mails && a.Erased() == b.Erased() && sameRefunds(a, b)
}

// due returns when the sweeper should look at the order next.
func (o Order) due(now time.Time) time.Time {
	switch o.State {
	case Pending:
		return o.PayBy
	case Authorised:
		return now.Add(lookAfter)
	}
	return now
}

// opened keeps the provider's checkout. An order that has ended by then is reopened, so that the checkout is ended too.
func opened(o Order, e Event, now time.Time) (Order, Effect, error) {
	switch {
	case o.Session == e.Session:
		if o.URL == "" {
			o.URL = e.URL // a webhook named the session before the answer to its creation came
		}
		return o, None, nil
	case o.Session != "":
		return o, None, ErrSession
	}
	o.Session, o.URL = e.Session, e.URL
	if o.Final() {
		o = reopened(o)
	}
	return o, None, nil
}

// settled returns the order as the transaction that takes its seats writes it.
func settled(o Order, now time.Time) Order {
	if o.State == Pending {
		o.State, o.AuthorisedAt = Authorised, now
	}
	return o
}

func ifPending(o Order, why Reason, now time.Time) Order {
	if o.State == Pending {
		return closed(o, why)
	}
	return o
}

// closed returns an order that won't be bought. Nothing leads from here to a sale.
func closed(o Order, why Reason) Order {
	o.State, o.Reason = Closing, why
	return o
}

// reopened returns an ended order for which something turned out to be open at the provider after all.
func reopened(o Order) Order {
	o.State, o.EndedAt = Closing, time.Time{}
	return o
}

// ended returns an order for which nothing was charged and nothing is open.
func ended(o Order, now time.Time) Order {
	o.State, o.EndedAt = Cancelled, now
	if o.Reason == ByDeadline {
		o.State = Expired
	}
	return o
}

func cancel(o Order, e Event) (Order, Effect, error) {
	switch o.State {
	case Pending:
		o.Refusal = e.Refusal
		return closed(o, e.Reason), None, nil
	case Authorised, Paid:
		return o, None, problem.New(problem.Conflict, "the payment is through: it can't be cancelled any more")
	}
	return o, None, nil
}

func refund(o Order, now time.Time) (Order, Effect, error) {
	switch {
	case o.State == Refunded:
		o = refundAgain(o, nil, now)
		return o, None, nil
	case o.State != Paid:
		return o, None, problem.New(problem.Conflict, "the order is %s, not paid", o.State)
	case o.chargedBack():
		return o, None, chargedBackError(o)
	}
	o = refundAgain(o, nil, now)
	if o.RefundAt.IsZero() {
		o.RefundAt, o.Reason = now, ByRefund
	}
	return o, IssueRefund, nil
}

// tick closes an order that is past its time without asking the provider: at its deadline if no buyer was ever sent
// there, and otherwise after Grace, during which the provider could not be asked.
func tick(o Order, now time.Time) Order {
	limit := o.PayBy.Add(Grace)
	if o.Session == "" {
		limit = o.PayBy
	}
	if now.Before(limit) {
		return o
	}
	return ifPending(o, ByDeadline, now)
}

// keyUsed takes the next idempotency key, unless somebody has done so before.
func keyUsed(o Order, e Event) Order {
	if o.UsedKeys == e.UsedKeys {
		o.UsedKeys++
	}
	return o
}

// stalled puts off the next look at the order, longer each time. While the provider is away it is put off no further,
// so that the order goes on as soon as the provider is back.
func stalled(o Order, e Event, now time.Time) Order {
	if !o.Open() {
		return o
	}
	pause := min(lookAfter<<min(o.Tries, 10), mostPause)
	if e.Away {
		pause = lookAfter
	}
	if end := o.PayBy.Add(Grace).Sub(now); o.State == Pending && end > 0 {
		pause = min(pause, end)
	}
	o.Due = now.Add(pause)
	o.Tries++
	return o
}
