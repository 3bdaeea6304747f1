package checkout

import (
	"context"
	"errors"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// Opener is a Driver that can also open an order's page at the provider, since it has the key of the link on it.
type Opener struct {
	Driver
	Key func(ctx context.Context) (order.LinkKey, error)
}

// orderPage is where an order is shown.
const orderPage = "/foyer/site/order/index.html"

// page returns what the provider's page is opened with. It depends on the order as it was made.
func page(key order.LinkKey, o order.Order) pay.Checkout {
	link := o.ID + "." + string(key.Secret(o.ID))
	return pay.Checkout{Order: o, Return: o.Site + orderPage + "#" + link, Back: o.Site + orderPage + "?back=1#" + link}
}

// find opens the page of an order that is closing without a session, in order to end it: one may have been made whose
// address was lost, and opening it again gives the same one.
func (s *Opener) find(ctx context.Context, o order.Order) (order.Order, error) {
	o, err := s.move(ctx, o, order.Event{Kind: order.Tick})
	if err != nil || o.State != order.Closing || o.Session != "" || o.Method == order.Free {
		return o, err
	}
	key, err := s.Key(ctx)
	if err != nil {
		return o, problem.Wrap(problem.Internal, err, "")
	}
	made, err := s.Pay.Open(ctx, page(key, o))
	var refused *pay.RefusedError
	if errors.As(err, &refused) { // so there is none
		return s.move(ctx, o, order.Event{Kind: order.PaymentSeen, Payment: order.Payment{State: order.PaymentCancelled}})
	}
	if errors.Is(err, pay.ErrAnswered) {
		_, _ = s.move(ctx, o, order.Event{Kind: order.KeyUsed, UsedKeys: o.UsedKeys})
	}
	if err != nil {
		return o, err
	}
	return s.move(ctx, o, order.Event{Kind: order.Opened, Session: made.ID, URL: made.URL})
}

// look finds the order's page if need be, and then drives the order.
func (s *Opener) look(ctx context.Context, o order.Order) (order.Order, error) {
	o, err := s.find(ctx, o)
	if err != nil {
		return o, err
	}
	return s.drive(ctx, o, "")
}
