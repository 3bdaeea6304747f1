// Package order owns a purchase: what it is, and how it goes from pending to paid, or to an end at which the buyer has
// lost nothing.
//
// It decides purely, by one step function, from an order, an event and a time. Its money rule: what is captured has its
// seats taken, or is refunded; what is authorised with its seats taken is captured; nothing stays pending past its
// deadline. The package knows no payment provider, database or clock.
package order

import (
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/sale/seat"
)

// State is where an order stands. Pending → Authorised → Paid is the way through; Closing is an order that will not be
// bought any more but for which something may still be open at the provider.
type State string

// The states.
const (
	Pending    State = "pending"    // the buyer is at the provider's page, or should go there
	Authorised State = "authorised" // the money is authorised and the seats are taken; capturing is next
	Paid       State = "paid"       // the money is captured
	Closing    State = "closing"    // lost or given up; whatever is open at the provider is being ended
	Expired    State = "expired"    // ended by its deadline, nothing was charged
	Cancelled  State = "cancelled"  // ended before, nothing was charged
	Refunded   State = "refunded"   // the money went back, the seats too
)

// Reason says why an order ended, for the buyer's page and for the books.
type Reason string

// The reasons.
const (
	ByDeadline  Reason = "expired"        // the time to pay was over
	ByBuyer     Reason = "cancelled"      // the buyer gave up
	BySuccessor Reason = "superseded"     // the buyer started another order
	BySeats     Reason = "seats_lost"     // somebody else has the seats: nothing was charged
	ByMismatch  Reason = "mismatch"       // the provider's amount or currency isn't ours
	ByProvider  Reason = "payment_failed" // the provider ended the payment, before or after it was authorised
	ByRefund    Reason = "refund"         // an operator gave the money back
	ByRefusal   Reason = "refused"        // the provider would not even open a checkout
	noReason    Reason = ""
)

// How long things take at most.
const (
	// Grace is how long after its deadline an order may stay pending while the provider can't be asked; then it closes
	// without having asked, and whatever was authorised meanwhile is given back.
	Grace = 2 * time.Minute
	// SessionSpare is how long after the deadline the provider would keep its page open if nobody ended it. Stripe wants
	// 30 minutes at least, at the time of the call; our own deadline is enforced by ending the page.
	SessionSpare = 31 * time.Minute
	// lookAfter is how long the sweeper waits before it looks at an order that should go on by itself.
	lookAfter = 30 * time.Second
	// mostPause is the longest pause between two looks at an order that won't go on.
	mostPause = time.Hour
)

// Method is how an order is paid.
type Method string

// The methods.
const (
	Card Method = "card" // at the payment provider's page
	Free Method = "free" // all seats cost nothing: there is nothing to pay, and no provider is asked
)

// Line is one seat of an order and its all-in price in minor units.
type Line struct {
	Section  string
	Seat     string
	Label    seat.Label
	Category string
	Type     string // the price type
	TypeName string // for people; empty: the map has no types
	Most     int    // seats that a buyer may have at that type; 0: Order.Limit
	Price    int64
	VAT      int // rate of the value added tax in the price, hundredths of a per cent; 0: none is stated
}

// Text returns what operators and the payment provider read of the line: the seat's label, and its price type if the
// map has any.
func (l Line) Text() string {
	text := l.Label.Or(l.Seat)
	if l.TypeName != "" {
		text += ", " + l.TypeName
	}
	return text
}

// Order is a purchase. Its lines, amount and site never change after it is made.
type Order struct {
	ID       string // 32 hex digits
	Number   string // for people; unique, see NewNumber
	Version  int64  // counts changes, from 1
	Zone     string
	Buyer    queue.VisitorID
	Grant    string   // of the buyer's visit, as bucket.Ref writes it; the visit ends when the order is paid
	LinkHash LinkHash // of the secret that opens the order's pages

	Email     string   // as given, or corrected since; never in a log
	EmailHash string   // of zone and the normalised address that it was made with, for the limit
	Corrected []string // hashes of the addresses that it was corrected to, as EmailHash
	Name      string
	Lines     []Line
	Amount    int64  // all lines, minor units
	Currency  string // ISO 4217, lower case
	Limit     int    // seats that a buyer, and an address, may have in the zone
	Site      string // scheme and host of the pages that the provider sends the buyer back to
	Seller    string // as the event states it, as the tax is; empty: it states none
	VATID     string // the seller's
	Event     string // what, when and where, as the buyer was told, in one line; empty: nothing is known of it
	Request   string // hash of the request that made it: a repeat has the same
	Method    Method
	Follows   string // the buyer's latest order before this one; empty: there was none

	State     State
	Reason    Reason
	CreatedAt time.Time
	PayBy     time.Time // the one hard limit for paying
	Due       time.Time // when the sweeper looks at it, while it is open
	Tries     int       // looks in a row that brought it no further

	// UsedKeys counts the idempotency keys to which the provider answered with an error of its own, or that an earlier
	// refund had: it repeats what it answered first, so that the next call needs another.
	UsedKeys int
	Refusal  string // of ByRefusal: what the provider refused, as its code and parameter

	Session string // the provider's checkout
	URL     string // the provider's page
	Payment string // the provider's payment

	AuthorisedAt time.Time
	PaidAt       time.Time
	RefundAt     time.Time // when the refund was asked for
	EndedAt      time.Time // when it reached Expired, Cancelled or Refunded

	PartialRefunds []PartialRefund // refunds of single seats, in the order they were asked for
	FailedRefunds  []FailedRefund  // refunds that the buyer's bank sent back, in the order they were heard of
	RefundedTotal  int64           // all that was ever sent back, also what failed later; minor units
	Dispute        Dispute

	Mails    int       // how often the tickets were asked for again
	MailedAt time.Time // when they were last
}

// Seats returns how many seats were ordered.
func (o Order) Seats() int { return len(o.Lines) }

// Takes reports whether the order's seats are taken.
func (o Order) Takes() bool { return o.State == Authorised || o.State == Paid }

// Counts reports whether the order's seats count against the limit of its e-mail address.
func (o Order) Counts() bool { return o.State == Pending || o.Takes() }

// Open reports whether the order waits for something: the sweeper looks at it when it is due. A refund of
// money that the buyer's bank took back for good waits for nothing.
func (o Order) Open() bool {
	switch o.State {
	case Pending, Authorised, Closing:
		return true
	case Paid:
		return o.Dispute != DisputeLost && (!o.RefundAt.IsZero() || o.refunding())
	case Refunded:
		return o.Dispute != DisputeLost && o.refunding()
	}
	return false
}

// Final reports whether the order has ended without a sale.
func (o Order) Final() bool { return o.State == Expired || o.State == Cancelled || o.State == Refunded }
