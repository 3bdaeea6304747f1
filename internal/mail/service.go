package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"foyer/internal/once"
	"foyer/internal/order"
	"foyer/internal/problem"
	"foyer/internal/ticket"
	"foyer/internal/zone"
)

// lease is how long one attempt may take. After it, another may begin.
const lease = time.Minute

// TicketPage is where tickets are shown, under a site; the order and its secret are in the fragment, which browsers
// send to nobody.
const TicketPage = "/foyer/site/ticket/index.html#"

// Orders reads orders. It is the part of order.Store that mails need.
type Orders interface {
	Get(ctx context.Context, id string) (order.Order, error)
}

// Service sends tickets. It is safe for use by several goroutines.
type Service struct {
	Orders   Orders
	Settings zone.Reader // a zone.Cache, as a rule
	Done     once.Store
	Sender   Sender
	Keys     func(ctx context.Context) (ticket.Keys, error)
	Secret   func(ctx context.Context, order string) (order.Secret, error)
	From     string
	Owner    func() string // a fresh random text
	Now      func() time.Time
}

// Ticket sends the tickets of a paid order, once, and tells whether it did so now: not when it was done before, and
// not when the order isn't paid, or not any more. The mail service has no idempotency key: if this process ends
// between the service's answer and our note of it, the same mail is sent once more when the job comes again.
func (s *Service) Ticket(ctx context.Context, id string) (sent bool, err error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return false, err
	}
	if o.State != order.Paid || !o.RefundAt.IsZero() {
		return false, nil
	}
	work, owner, now := o.ID+"#ticket", s.Owner(), s.Now()
	if err := s.Done.Begin(ctx, work, owner, now, now.Add(lease)); errors.Is(err, once.ErrDone) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	id, err = s.send(ctx, o)
	if err != nil {
		// Given back so that the next attempt needn't wait; if even that fails, it waits for the lease.
		return false, errors.Join(err, s.Done.Release(context.WithoutCancel(ctx), work, owner))
	}
	return true, s.note(context.WithoutCancel(ctx), work, id)
}

// note tries a little harder than usual: a mail that isn't noted is sent again.
func (s *Service) note(ctx context.Context, work, sent string) (err error) {
	for range 3 {
		if err = s.Done.Finish(ctx, work, sent, s.Now()); err == nil {
			return nil
		}
	}
	return fmt.Errorf("mail: it was sent, and that can't be noted: %w", err)
}

func (s *Service) send(ctx context.Context, o order.Order) (string, error) {
	p, err := s.purchase(ctx, o)
	if err != nil {
		return "", err
	}
	raw, err := Compose(p, s.From, English)
	if err != nil {
		return "", err
	}
	return s.Sender.Send(ctx, s.From, o.Email, raw)
}

func (s *Service) purchase(ctx context.Context, o order.Order) (Purchase, error) {
	settings, err := s.Settings.Settings(ctx, o.Zone)
	if err != nil && problem.CodeOf(err) != problem.UnknownZone { // a zone that was removed still owes its tickets
		return Purchase{}, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return Purchase{}, err
	}
	secret, err := s.Secret(ctx, o.ID)
	if err != nil {
		return Purchase{}, err
	}
	if !secret.Opens(o.Secret) {
		return Purchase{}, errors.New("mail: the secret doesn't open the order's page")
	}
	p := Purchase{
		Order: o.ID, Event: settings.Title, Name: o.Name, Email: o.Email, Total: o.Amount, Currency: o.Currency,
		Page: o.Site + TicketPage + o.ID + "." + string(secret), At: s.Now(),
	}
	for _, line := range o.Lines {
		code, err := keys.Sign(ticket.Claim{Zone: o.Zone, Order: o.ID, Seat: line.Seat})
		if err != nil {
			return Purchase{}, err
		}
		p.Seats = append(p.Seats, Seat{Label: or(line.Label, line.Seat), Code: code, Price: line.Price})
	}
	return p, nil
}
