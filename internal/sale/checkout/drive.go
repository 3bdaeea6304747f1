package checkout

import (
	"context"
	"errors"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// maxSteps is how many steps one look at an order makes: more than any order needs.
const maxSteps = 16

// Drive brings an order as far as it goes: it asks the provider how the money stands and does what follows, until
// nothing does. Session is one that a webhook named, empty as a rule. Any number of hands may drive one order at the same
// time. An error says that it could not be brought further now; the sweeper tries again.
func (s *Service) Drive(ctx context.Context, id, session string) (order.Order, error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return o, err
	}
	o, err = s.drive(ctx, o, session)
	if o.Open() && !o.Due.After(s.Now()) {
		// Not a word is lost when this isn't saved: the order just stays first in line.
		o, _ = s.move(ctx, o, order.Event{Kind: order.Stalled})
	}
	return o, err
}

// Job is Drive for an order that may have been brought to its end already: then nobody is asked.
func (s *Service) Job(ctx context.Context, id string) error {
	o, err := s.Orders.Get(ctx, id)
	if err != nil || !o.Open() {
		return err
	}
	_, err = s.Drive(ctx, id, "")
	return err
}

// drive goes on with o until it needs nothing more.
func (s *Service) drive(ctx context.Context, o order.Order, session string) (order.Order, error) {
	o, err := s.move(ctx, o, order.Event{Kind: order.Tick})
	if err != nil {
		return o, err
	}
	o, over, err := s.known(ctx, o, session)
	if err != nil || over {
		return o, err
	}
	money, err := s.Pay.Get(ctx, o)
	if err != nil {
		return o, err
	}
	for range maxSteps {
		var effect order.Effect
		var fresh bool
		if o, effect, fresh, err = s.recordPayment(ctx, o, money); err != nil || effect == order.None && !fresh {
			return o, err
		}
		if fresh { // somebody else changed the order meanwhile
			continue
		}
		if money, err = s.do(ctx, o, effect, money); err != nil {
			return o, err
		}
		if effect == order.Settle {
			if o, err = s.settle(ctx, o); err != nil {
				return o, err
			}
		}
	}
	return o, &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// known makes sure that the order's session is known. Over says that there is nothing to ask about: the buyer was never
// sent to pay, or never will be.
func (s *Service) known(ctx context.Context, o order.Order, session string) (_ order.Order, over bool, err error) {
	switch {
	case o.Session != "":
		return o, false, nil
	case session != "":
		o, err = s.move(ctx, o, order.Event{Kind: order.Opened, Session: session})
		return o, false, err
	case o.State != order.Closing, s.Key == nil: // without the key the page can't be asked for: the sweeper has it
		return o, true, nil
	}
	// A page may have been made whose address was lost. Asking for it again gives the same one, to be ended.
	key, err := s.Key(ctx)
	if err != nil {
		return o, true, problem.Wrap(problem.Internal, err, "")
	}
	made, err := s.Pay.Open(ctx, s.checkout(key, o))
	var refused *pay.RefusedError
	if errors.As(err, &refused) { // so there is none
		o, err = s.move(ctx, o, order.Event{Kind: order.PaymentSeen, Payment: order.Payment{State: order.PaymentCancelled}})
		return o, true, err
	}
	if err != nil {
		return o, true, err
	}
	o, err = s.move(ctx, o, order.Event{Kind: order.Opened, Session: made.ID, URL: made.URL})
	return o, false, err
}

// told makes the step that follows from how the money stands, and gives the effect. Fresh says that the order had
// changed meanwhile and was read again, so that the step is to be made anew.
func (s *Service) recordPayment(ctx context.Context, o order.Order, money order.Payment) (_ order.Order, effect order.Effect, fresh bool, err error) {
	after, effect, err := order.Step(o, order.Event{Kind: order.PaymentSeen, Payment: money}, s.Now())
	if err != nil {
		return o, order.None, false, problem.Wrap(problem.Internal, err, "")
	}
	if after.Version == o.Version {
		return o, effect, false, nil
	}
	err = s.save(ctx, o, after)
	if problem.CodeOf(err) == problem.Conflict {
		o, err = s.Orders.Get(ctx, o.ID)
		return o, order.None, err == nil, err
	}
	if err != nil {
		return o, order.None, false, err
	}
	return after, effect, false, nil
}

// do makes the call that an effect asks for and gives how the money stands after it. Where the provider refuses, the
// money stands otherwise than was thought: it is asked.
func (s *Service) do(ctx context.Context, o order.Order, effect order.Effect, money order.Payment) (order.Payment, error) {
	calls := map[order.Effect]func(context.Context, order.Order) (order.Payment, error){
		order.Capture: s.Pay.Capture, order.Void: s.Pay.Void, order.Expire: s.Pay.Expire, order.IssueRefund: s.Pay.Refund,
	}
	call, found := calls[effect]
	if !found {
		return money, nil
	}
	after, err := call(ctx, o)
	var refused *pay.RefusedError
	if !errors.As(err, &refused) {
		return after, err
	}
	now, getErr := s.Pay.Get(ctx, o)
	if getErr != nil {
		return money, getErr
	}
	if now == money {
		return money, problem.Wrap(problem.Provider, err, "")
	}
	return now, nil
}

// settle takes the seats and the order in one transaction, or learns that the seats are lost.
func (s *Service) settle(ctx context.Context, o order.Order) (order.Order, error) {
	after, _, err := order.Step(o, order.Event{Kind: order.Settled}, s.Now())
	if err != nil || after.Version == o.Version {
		return o, err
	}
	err = s.save(ctx, o, after)
	switch problem.CodeOf(err) {
	case "":
		return after, nil
	case problem.Conflict:
		return s.Orders.Get(ctx, o.ID)
	case problem.SeatTaken, problem.Limit:
		return s.move(ctx, o, order.Event{Kind: order.LostSeat})
	}
	return o, err
}

// move makes a step and saves it, on the order as it is by then.
func (s *Service) move(ctx context.Context, o order.Order, e order.Event) (order.Order, error) {
	for range maxSteps {
		after, _, err := order.Step(o, e, s.Now())
		if err != nil || after.Version == o.Version {
			return o, err
		}
		if err = s.save(ctx, o, after); err == nil {
			return after, nil
		}
		if problem.CodeOf(err) != problem.Conflict {
			return o, err
		}
		if o, err = s.Orders.Get(ctx, o.ID); err != nil {
			return o, err
		}
	}
	return o, &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// save writes a step. The seats of an order that won't be bought are let go at once; should that be lost, their locks
// end by themselves.
func (s *Service) save(ctx context.Context, before, after order.Order) error {
	err := s.Orders.Save(ctx, before, after)
	if err == nil && before.State == order.Pending && !after.Counts() && after.Reason != order.BySuccessor {
		_ = s.release(ctx, after)
	}
	return err
}

// release ends the locks of an order's seats, unless its buyer holds other seats by now or has other plans with them.
func (s *Service) release(ctx context.Context, o order.Order) error {
	sold := order.Settlement(o)
	h, err := s.Seats.Hold(ctx, sold.Zone, sold.Buyer)
	if err != nil || !h.Paying || !sameSeats(h.Seats, sold.Seats) {
		return err
	}
	if plan := h.Release(s.Now()); !plan.Nothing() {
		return s.Seats.Lock(ctx, plan)
	}
	return nil
}

// sameSeats reports whether two lists have the same seats, each once.
func sameSeats(a, b []string) bool {
	in := map[string]bool{}
	for _, id := range a {
		in[id] = true
	}
	for _, id := range b {
		if !in[id] {
			return false
		}
	}
	return len(a) == len(b)
}
