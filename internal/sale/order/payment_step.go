package order

import "time"

// paymentSeen makes the step that follows from how the money stands.
func paymentSeen(o Order, p Payment, now time.Time) (Order, Effect, error) {
	if p.Order != "" && p.Order != o.ID {
		return o, None, ErrForeign
	}
	if p.ID != "" {
		o.Payment = p.ID
	}
	step := whileEnding
	switch o.State {
	case Pending:
		step = whilePending
	case Authorised:
		step = whileAuthorised
	case Paid:
		step = whilePaid
	}
	o, effect := step(recordPayment(o, p, now), p, now)
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
	case p.State == PaymentAuthorised, p.State == PaymentCaptured, p.State == PaymentFree:
		return o, Settle // also past the deadline: an expired lock still buys if nobody else took the seat
	case !now.Before(o.PayBy):
		return closed(o, ByDeadline), Expire
	}
	return o, None
}

func whileAuthorised(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case p.State == PaymentCancelled: // the bank or an operator released the money: the seats go back too
		o.Reason = ByProvider
		return ended(o, now), None
	case p.State == PaymentRefunded:
		return refunded(o, now), None
	case p.State == PaymentUnpaid: // an old report
		return o, None
	case !p.matches(o):
		return whileEnding(closed(o, ByMismatch), p, now)
	case p.State == PaymentCaptured, p.State == PaymentFree:
		o.State, o.PaidAt = Paid, now
		return o, None
	}
	return o, Capture
}

func whilePaid(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case p.State == PaymentRefunded:
		return refunded(o, now), None
	case p.State == PaymentFree && !o.RefundAt.IsZero():
		return refunded(o, now), None
	case o.chargedBack():
		return markDone(o, now), None // the provider refuses refunds: they go on if the dispute is won
	case p.State == PaymentCaptured && !o.RefundAt.IsZero() && o.sentAll():
		return sentBack(o, now), None
	case p.State == PaymentCaptured && !o.RefundAt.IsZero():
		return o, IssueRefund
	case p.State == PaymentCaptured, p.State == PaymentFree:
		return o.refundNext(now)
	}
	return o, None
}

// whileEnding makes the step of an order that is closing or has ended: anything open at the provider is ended, anything
// charged is refunded.
func whileEnding(o Order, p Payment, now time.Time) (Order, Effect) {
	switch {
	case o.State == Refunded && p.State == PaymentRefunded:
		return madeGood(o, now), None
	case o.State == Refunded && o.chargedBack():
		return markDone(o, now), None
	case o.State == Refunded:
		return o.refundNext(now)
	case o.Final() && (p.State == PaymentCancelled || p.State == PaymentUnpaid || p.State == PaymentFree):
		return o, None
	}
	switch p.State {
	case PaymentCancelled, PaymentFree:
		return ended(o, now), None
	case PaymentRefunded:
		return refunded(o, now), None
	case PaymentCaptured:
		switch {
		case o.sentAll():
			return sentBack(o, now), None
		case o.Dispute == DisputeLost && o.Final():
			return o, None
		case o.Dispute == DisputeLost:
			return ended(o, now), None // the bank has given the buyer all of it
		}
	}
	if o.Final() {
		o = reopened(o)
	}
	switch p.State {
	case PaymentAuthorised:
		return o, Void
	case PaymentCaptured:
		if o.chargedBack() {
			return o, None
		}
		return o, IssueRefund
	}
	return o, Expire
}

// refunded returns an order that was refunded in full.
func refunded(o Order, now time.Time) Order {
	o.RefundedTotal = max(o.RefundedTotal, o.Amount+o.failed())
	return madeGood(sentBack(o, now), now)
}

// sentBack returns an order of which all the money was sent back, though some may have failed to arrive.
func sentBack(o Order, now time.Time) Order {
	if o.Reason == noReason {
		o.Reason = ByRefund
	}
	o = markDone(o, now)
	o.State, o.EndedAt = Refunded, now
	return o
}
