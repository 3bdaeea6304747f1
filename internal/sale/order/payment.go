package order

import "reflect"

// PaymentState is where the money of an order stands at the provider.
type PaymentState string

// The states of a payment.
const (
	PaymentUnpaid     PaymentState = "unpaid"      // the page is open, nothing is authorised
	PaymentAuthorised PaymentState = "reserved"    // authorised, not captured
	PaymentCaptured   PaymentState = "captured"    // charged
	PaymentRefunded   PaymentState = "paid back"   // charged and refunded in full
	PaymentCancelled  PaymentState = "not charged" // over: nothing was charged and nothing can be any more
	PaymentFree       PaymentState = "free"        // complete, with nothing to pay
)

// Payment is what the provider says about an order's money, at some moment: it may be old by the time it is read.
type Payment struct {
	Order    string // the id of the order that it was made for
	Session  string
	ID       string // of the payment; empty while there is none
	State    PaymentState
	Amount   int64 // minor units
	Currency string

	RefundedTotal int64 // of what was charged, minor units; without what failed later
	Failed        []RefundFailure
	Dispute       Dispute
}

// RefundFailure is a refund that the buyer's bank sent back: the seller has the money again.
type RefundFailure struct {
	ID     string // the provider's
	Number int    // of the order's partial refund, from 1; 0: it was for the whole remainder, or not ours
	Amount int64  // minor units
}

// Same reports whether two payments stand alike.
func (p Payment) Same(other Payment) bool { return reflect.DeepEqual(p, other) }

// sent returns all that was ever sent back, also what failed later.
func (p Payment) sent() int64 {
	total := p.RefundedTotal
	for _, f := range p.Failed {
		total += f.Amount
	}
	return total
}

// matches reports whether the money is what the order asks for.
func (p Payment) matches(o Order) bool {
	switch p.State {
	case PaymentCancelled:
		return true
	case PaymentFree: // the provider may name no currency
		return o.Amount == 0
	}
	return p.Amount == o.Amount && p.Currency == o.Currency
}
