package order

// PaymentState is where the money of an order stands at the provider.
type PaymentState string

// The states of a payment.
const (
	PaymentUnpaid     PaymentState = "unpaid"      // the page is open, nothing is authorised
	PaymentAuthorised PaymentState = "reserved"    // authorised, not captured
	PaymentCaptured   PaymentState = "captured"    // charged
	PaymentRefunded   PaymentState = "paid back"   // charged and refunded in full
	PaymentCancelled  PaymentState = "not charged" // over: nothing was charged and nothing can be any more
)

// Payment is what the provider says about an order's money, at some moment: it may be old by the time it is read.
type Payment struct {
	Order    string // the id of the order that it was made for
	Session  string
	ID       string // of the payment; empty while there is none
	State    PaymentState
	Amount   int64 // minor units
	Currency string

	RefundedTotal int64 // of what was charged, minor units
	Dispute       Dispute
}

// matches reports whether the money is what the order asks for.
func (p Payment) matches(o Order) bool {
	return p.State == PaymentCancelled || p.Amount == o.Amount && p.Currency == o.Currency
}
