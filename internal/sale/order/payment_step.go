package order

import "time"

// told is the step after hearing how the money stands. What the provider says may be older than what is known.
func paymentSeen(o Order, p Payment, now time.Time) (Order, Effect, error) {
	if p.Order != "" && p.Order != o.ID {
		return o, None, ErrForeign
	}
	if p.ID != "" {
		o.Payment = p.ID
	}
	o = recordPayment(o, p)
	switch o.State {
	case Pending:
		o, effect := whilePending(o, p, now)
		return o, effect, nil
	case Authorised:
		o, effect := whileAuthorised(o, p, now)
		return o, effect, nil
	case Paid:
		o, effect := whilePaid(o, p, now)
		return o, effect, nil
	}
	o, effect := whileEnding(o, p, now)
	return o, effect, nil
}

func whilePending(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case p.State == PaymentCancelled && now.Before(o.PayBy):
		o.Reason = ByProvider
		return ended(o, now), None
	case p.State == PaymentCancelled:
		o.Reason = ByDeadline
		return ended(o, now), None
	case p.State == PaymentRefunded:
		return refunded(o, now), None
	case !p.matches(o):
		return whileEnding(closed(o, ByMismatch), p, now)
	case p.State == PaymentAuthorised, p.State == PaymentCaptured:
		return o, Settle // also past the deadline: a lock that ran out but that nobody took still buys
	case !now.Before(o.PayBy):
		return closed(o, ByDeadline), Expire
	}
	return o, None
}

func whileAuthorised(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case p.State == PaymentCancelled: // the bank or an operator gave the money back: the seats go back too
		o.Reason = ByProvider
		return ended(o, now), None
	case p.State == PaymentRefunded:
		return refunded(o, now), None
	case p.State == PaymentUnpaid: // an old story
		return o, None
	case !p.matches(o):
		return whileEnding(closed(o, ByMismatch), p, now)
	case p.State == PaymentCaptured:
		o.State, o.PaidAt = Paid, now
		return o, None
	}
	return o, Capture
}

func whilePaid(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case p.State == PaymentRefunded:
		return refunded(o, now), None
	case p.State == PaymentCaptured && !o.RefundAt.IsZero():
		return o, IssueRefund
	case p.State == PaymentCaptured && len(o.PartialRefunds) > 0:
		o = markDone(o, now)
		if _, more := o.openRefund(); more {
			return o, IssueRefund
		}
	}
	return o, None
}

// whileEnding is an order that is closing, or has ended: whatever is open at the provider is ended, whatever was
// charged goes back.
func whileEnding(o Order, p Payment, now time.Time) (Order, Effect) {
	if o.State == Refunded || o.Final() && (p.State == PaymentCancelled || p.State == PaymentUnpaid) {
		return o, None
	}
	switch p.State {
	case PaymentCancelled:
		return ended(o, now), None
	case PaymentRefunded:
		return refunded(o, now), None
	}
	if o.Final() {
		o = reopened(o)
	}
	switch p.State {
	case PaymentAuthorised:
		return o, Void
	case PaymentCaptured:
		return o, IssueRefund
	}
	return o, Expire
}

// refunded is an order whose money went back.
func refunded(o Order, now time.Time) Order {
	if o.Reason == noReason {
		o.Reason = ByRefund
	}
	o.RefundedTotal = max(o.RefundedTotal, o.Amount)
	o = markDone(o, now)
	o.State, o.EndedAt = Refunded, now
	return o
}
