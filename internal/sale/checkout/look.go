package checkout

import (
	"context"
	"errors"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// askEvery is how often the provider is asked about an order because its buyer looks at it.
const askEvery = 3 * time.Second

// maxAsked bounds what is remembered of that.
const maxAsked = 10_000

// Read gives an order to whoever has its secret. While it is pending, the provider is asked now and then, so that who
// comes back from paying need not wait for a webhook. It returns problem.NotFound for a wrong secret too.
func (s *Service) Read(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
	o, err := s.opened(ctx, id, secret)
	if err != nil || o.State != order.Pending || o.Session == "" || !s.mayAsk(id) {
		return o, err
	}
	if driven, err := s.drive(ctx, o, ""); err == nil {
		return driven, nil
	}
	return o, nil // the sweeper has it, and the buyer sees what is known
}

// opened reads an order that the secret opens.
func (s *Service) opened(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
	nothing := problem.New(problem.NotFound, "there is no such order, or the link is not complete")
	if !order.IsID(id) {
		return order.Order{}, nothing
	}
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	if !secret.Opens(o.LinkHash) {
		return order.Order{}, nothing
	}
	return o, nil
}

func (s *Service) mayAsk(id string) bool {
	now := s.Now()
	return s.asked.Add(id, struct{}{}, now, now.Add(askEvery), maxAsked)
}

// Cancel gives up an order that is not paid, for whoever has its secret: its seats are free at once, its page is ended,
// what was authorised is given back. Repeating it does no harm. It returns problem.Conflict when the payment is through.
func (s *Service) Cancel(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
	o, err := s.opened(ctx, id, secret)
	if err != nil {
		return o, err
	}
	if o, err = s.move(ctx, o, order.Event{Kind: order.Cancel, Reason: order.ByBuyer}); err != nil {
		return o, err
	}
	if o.State == order.Closing {
		if driven, err := s.drive(ctx, o, ""); err == nil {
			return driven, nil
		}
	}
	return o, nil // what is left to do at the provider is done by the next look
}

// Noticed takes a webhook: its signature is checked, and the order that it is about is driven. Nothing else of it is
// believed, so that replay, reordering and loss do no harm. One about nothing of ours is taken without a word. It
// returns problem.Invalid for one that isn't the provider's; after any other error it should be sent again.
func (s *Service) Noticed(ctx context.Context, signature string, body []byte) (Heard, error) {
	n, err := s.Pay.Notice(ctx, signature, body)
	if err != nil {
		return Heard{}, err
	}
	if n.Order == "" && n.Payment != "" {
		if n.Order, err = s.owner(ctx, n.Payment); err != nil {
			return Heard{}, err
		}
	}
	if !order.IsID(n.Order) {
		return Heard{}, nil
	}
	o, err := s.Drive(ctx, n.Order, n.Session)
	if problem.CodeOf(err) == problem.NotFound {
		return Heard{Order: n.Order}, nil // of another installation that shares the account
	}
	return Heard{n.Order, o.Zone, n.Declined}, err
}

// Heard is what a webhook was about, as far as that is known.
type Heard struct {
	Order, Zone string
	Declined    bool // it said that a card was declined
}

// owner is the order that a payment was made for; empty where the provider knows none.
func (s *Service) owner(ctx context.Context, payment string) (string, error) {
	id, err := s.Pay.Owner(ctx, payment)
	var refused *pay.RefusedError
	if errors.As(err, &refused) {
		return "", nil
	}
	return id, err
}
