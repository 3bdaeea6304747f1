package checkout

import (
	"context"
	"errors"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// askEvery is how often the provider is asked about an order because its buyer looks at it, and maxAsked how many such
// orders a process remembers.
const (
	askEvery = 3 * time.Second
	maxAsked = 10_000
)

// Read returns an order that the secret opens. While it is pending, the provider is asked now and then, so that a buyer
// who comes back from paying need not wait for a webhook. It returns problem.NotFound, also for a wrong secret.
func (s *Starter) Read(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
	o, err := s.opened(ctx, id, secret)
	if err != nil || o.State != order.Pending || o.Session == "" || !s.mayAsk(ctx, id) {
		return o, err
	}
	if driven, err := s.drive(ctx, o, ""); err == nil {
		return driven, nil
	}
	return o, nil // the sweeper goes on with it, and the buyer sees what is known
}

// opened reads an order that the secret opens.
func (s *Starter) opened(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
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

// mayAsk reports whether nobody asked about the order a moment ago. Of what this process remembers it asks nobody else;
// all of them together go by the lease.
func (s *Starter) mayAsk(ctx context.Context, id string) bool {
	now := s.Now()
	until := now.Add(askEvery)
	return s.asked.Add(id, struct{}{}, now, until, maxAsked) &&
		s.Looks.Begin(ctx, id+"#look", s.Owner(), now, until) == nil
}

// Cancel gives up an unpaid order that the secret opens: its seats are free at once, its page is ended, an authorised
// payment is released. It may be repeated. It returns problem.Conflict if the order is authorised or paid.
func (s *Starter) Cancel(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error) {
	o, err := s.opened(ctx, id, secret)
	if err != nil {
		return o, err
	}
	first := o.State == order.Pending
	if o, err = s.move(ctx, o, order.Event{Kind: order.Cancel, Reason: order.ByBuyer}); err != nil {
		return o, err
	}
	if o.State == order.Closing && (first || s.mayAsk(ctx, id)) { // repeats ask the provider no more than looks do
		if driven, err := s.look(ctx, o); err == nil {
			return driven, nil
		}
	}
	return o, nil // the next look does the rest
}

// Noticed takes a webhook: it checks the signature and drives the order that the webhook is about. Nothing else in it
// is believed, so that replay, reordering and loss do no harm. A webhook about another installation's payment is
// accepted and ignored. Noticed returns problem.Forbidden for a webhook that isn't the provider's; after any other
// error it should be sent again.
func (s *Driver) Noticed(ctx context.Context, signature string, body []byte) (Heard, error) {
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

// owner returns the order that a payment was made for; empty if the provider knows none.
func (s *Driver) owner(ctx context.Context, payment string) (string, error) {
	id, err := s.Pay.Owner(ctx, payment)
	var refused *pay.RefusedError
	if errors.As(err, &refused) {
		return "", nil
	}
	return id, err
}
