package checkout

import (
	"context"
	"errors"
	"slices"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
)

// maxSteps is how many steps one look at an order makes: more than any order needs.
const maxSteps = 16

// Driver brings orders as far as they go. It is safe for use by several goroutines.
type Driver struct {
	Seats  seat.Store
	Orders order.Store
	Pay    pay.Provider
	Now    func() time.Time
	// Bought ends the visit of a buyer whose order is being paid, so that their slot is free; nil: it ends by itself. It
	// may be repeated.
	Bought func(ctx context.Context, zone string, buyer queue.VisitorID, grant string) error
}

// Drive brings an order as far as it goes: it asks the provider how the money stands and does what follows, until
// nothing does. Session is the one that a webhook named, usually empty. One order may be driven by several processes at
// the same time. An error means that it could not be brought further now; the sweeper tries again.
func (s *Driver) Drive(ctx context.Context, id, session string) (order.Order, error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return o, err
	}
	o, err = s.drive(ctx, o, session)
	return s.putOff(ctx, o, err), err
}

// putOff postpones the next look at an order that is still due, after one that ended with err. If that can't be saved,
// it only stays first in line. What has ended is due no more.
func (s *Driver) putOff(ctx context.Context, o order.Order, err error) order.Order {
	if !o.Due.After(s.Now()) {
		o, _ = s.move(ctx, o, order.Event{Kind: order.Stalled, Away: away(err)})
	}
	return o
}

// away reports whether err says that the provider could not be asked.
func away(err error) bool {
	var refused *pay.RefusedError
	return problem.CodeOf(err) == problem.Provider && !errors.As(err, &refused)
}

// Job is Drive for an order that may have reached its end already: then the provider isn't asked.
func (s *Driver) Job(ctx context.Context, id string) error {
	o, err := s.Orders.Get(ctx, id)
	if err != nil || !o.Open() {
		return err
	}
	_, err = s.Drive(ctx, id, "")
	return err
}

// drive goes on with o until it needs nothing more. Without a session there is nothing to ask about: the buyer was
// never sent to pay, or an Opener has to find the page. After a change by somebody else the provider is asked anew, so
// that what is recorded is always newer than what the order knew.
func (s *Driver) drive(ctx context.Context, o order.Order, session string) (order.Order, error) {
	o, err := s.move(ctx, o, order.Event{Kind: order.Tick})
	if err == nil && o.Session == "" && session != "" {
		o, err = s.move(ctx, o, order.Event{Kind: order.Opened, Session: session})
	}
	if err != nil || o.Session == "" && o.Method != order.Free {
		return o, err
	}
	money, err := s.payment(ctx, o)
	if err != nil {
		return o, err
	}
	for range maxSteps {
		var effect order.Effect
		var fresh bool
		if o, effect, fresh, err = s.recordPayment(ctx, o, money); err != nil || effect == order.None && !fresh {
			return o, err
		}
		if fresh {
			if money, err = s.payment(ctx, o); err != nil {
				return o, err
			}
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

// payment returns how an order's money stands. Nobody is asked about an order that has nothing to pay.
func (s *Driver) payment(ctx context.Context, o order.Order) (order.Payment, error) {
	if o.Session == "" {
		return order.Payment{Order: o.ID, State: order.PaymentFree}, nil
	}
	return s.Pay.Get(ctx, o)
}

// recordPayment makes the step that follows from how the money stands, and returns its effect. If somebody else changed
// the order meanwhile, it reads it again and reports that it is fresh, so that the step is to be made anew.
func (s *Driver) recordPayment(
	ctx context.Context, o order.Order, money order.Payment,
) (_ order.Order, effect order.Effect, fresh bool, err error) {
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

// do makes the call that an effect asks for and returns how the money stands after it. If the provider refuses, the
// money stands otherwise than was thought: do asks it.
func (s *Driver) do(
	ctx context.Context, o order.Order, effect order.Effect, money order.Payment,
) (order.Payment, error) {
	calls := map[order.Effect]func(context.Context, order.Order) (order.Payment, error){
		order.Capture: s.Pay.Capture, order.Void: s.Pay.Void, order.Expire: s.Pay.Expire, order.IssueRefund: s.Pay.Refund,
	}
	call, found := calls[effect]
	if !found {
		return money, nil
	}
	after, err := call(ctx, o)
	var refused *pay.RefusedError
	if errors.Is(err, pay.ErrAnswered) {
		_, _ = s.move(ctx, o, order.Event{Kind: order.KeyUsed, UsedKeys: o.UsedKeys})
	}
	if !errors.As(err, &refused) {
		return after, err
	}
	now, getErr := s.Pay.Get(ctx, o)
	if getErr != nil {
		return money, getErr
	}
	if now.Same(money) {
		return money, problem.Wrap(problem.Provider, err, "")
	}
	return now, nil
}

// settle takes the seats with the order in one transaction, or moves the order on if a seat is lost.
func (s *Driver) settle(ctx context.Context, o order.Order) (order.Order, error) {
	after, _, err := order.Step(o, order.Event{Kind: order.Settled}, s.Now())
	if err != nil {
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

// move makes a step and saves it; if somebody else changed the order meanwhile, on the order as it is by then.
func (s *Driver) move(ctx context.Context, o order.Order, e order.Event) (order.Order, error) {
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

// save writes a step. The seats of an order that won't be bought are released at once; if that fails, their locks
// expire. The slot of a buyer who has paid is freed; if that fails, the visit ends by itself. What the provider
// refuses to open a page for is not the seats' fault: the buyer keeps them.
func (s *Driver) save(ctx context.Context, before, after order.Order) error {
	if s.Bought != nil && before.State != order.Paid && after.State == order.Paid && after.Grant != "" {
		// Before the order is saved, so that this is repeated if the process ends here.
		_ = s.Bought(ctx, after.Zone, after.Buyer, after.Grant)
	}
	err := s.Orders.Save(ctx, before, after)
	if err == nil && before.State == order.Pending && !after.Counts() && after.Reason != order.BySuccessor {
		_ = s.release(ctx, after)
	}
	return err
}

// release ends the locks of an order's seats, unless its buyer holds other seats by now or isn't paying any more.
func (s *Driver) release(ctx context.Context, o order.Order) error {
	sold := order.Settlement(o)
	h, err := s.Seats.Hold(ctx, sold.Zone, sold.Buyer)
	if err != nil || !h.Paying || !slices.Equal(h.Seats, slices.Sorted(slices.Values(sold.Seats))) {
		return err
	}
	plan := h.Release(s.Now())
	if o.Reason == order.ByRefusal {
		plan = h.Unpay(s.Now())
	}
	if !plan.Nothing() {
		return s.Seats.Lock(ctx, plan)
	}
	return nil
}
