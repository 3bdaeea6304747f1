// Package checkout is buying: a visitor inside starts an order for the seats they hold and is sent to the payment
// provider; what happens there is found out by asking the provider, never by believing a message; and every order is
// driven until it is paid or has ended with nothing charged.
//
// Package order alone decides what an order becomes. This package carries out what follows from that, and any part of
// it may be lost, repeated or done by several processes at once: the next look at the order goes on from where it is.
//
// A Driver brings orders as far as they go. An Opener is a Driver that can open an order's page at the provider too; it
// sweeps. A Starter is an Opener for buyers, who start, read and cancel their orders.
package checkout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"foyer/internal/cache"
	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// isKey reports whether s can be an Idempotency-Key: visible ASCII, no longer than Stripe's, too long to be guessed.
func isKey(s string) bool {
	return len(s) >= 16 && len(s) <= 255 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Seller keeps a buyer's seats for a payment; choose.Service is one.
type Seller interface {
	// Pay keeps the visitor's seats and the visitor inside for an order's payment, up to one hard limit for all of them.
	Pay(ctx context.Context, a token.Access, order string) (choose.Held, error)
	// MayRetry returns problem.Cooling if it is too early to go on with an order that has no page yet.
	MayRetry(ctx context.Context, zone string, buyer queue.VisitorID) error
	// OrderFailed makes an order count that was not made, or has no page yet, so that the next try must wait the longer.
	OrderFailed(ctx context.Context, zone string, buyer queue.VisitorID)
}

// Starter starts orders, and reads and cancels them for their buyers. It is safe for use by several goroutines.
type Starter struct {
	Opener
	Sale   Seller
	Events event.Reader  // nil: the provider's page says nothing of the event
	Looks  once.Store    // paces the questions about an order that its buyer's looks lead to
	Owner  func() string // returns a new random text

	asked cache.Cache[string, struct{}] // orders that the provider was asked about a moment ago, for their buyer
}

// Request is what a buyer asks for.
type Request struct {
	Key   string // Idempotency-Key
	Email string
	Name  string
	Site  string // scheme and host by which the buyer reached us, to which the provider sends them back
}

// Started is the answer to a Request. The same request always gets the same answer.
type Started struct {
	Order    string
	Secret   order.LinkSecret
	URL      string // the provider's page
	Deadline time.Time
}

// Start makes an order of the seats that the visitor holds, extends locks and grant to its deadline, and opens the
// provider's page. A repeated request gets the same order and page; the same key with another request is
// problem.Reused. An order of the same buyer that was still pending is given up for it. Orders are paced, also those
// that fail. It returns problem.Invalid, what Seller.Pay returns, problem.Limit, and problem.Provider with the time
// until which the seats are kept: repeating the request then goes on with the order.
func (s *Starter) Start(ctx context.Context, a token.Access, r Request) (Started, error) {
	if !isKey(r.Key) {
		return Started{}, problem.New(problem.Invalid, "an Idempotency-Key of 16 to 255 characters is needed")
	}
	email, err := order.CheckEmail(r.Email)
	if err != nil {
		return Started{}, err
	}
	name, err := order.CheckName(r.Name)
	if err != nil {
		return Started{}, err
	}
	id, request := order.NewID(a.Zone, a.ID, r.Key), hash(email, name)
	key, err := s.Key(ctx)
	if err != nil {
		return Started{}, problem.Wrap(problem.Internal, err, "")
	}
	o, err := s.Orders.Get(ctx, id)
	if err == nil && o.State == order.Pending && o.URL == "" {
		err = s.Sale.MayRetry(ctx, a.Zone, a.ID)
	}
	if problem.CodeOf(err) == problem.NotFound {
		o, err = s.create(ctx, a, order.Draft{
			ID: id, Zone: a.Zone, Buyer: a.ID, Grant: a.Ref.String(), Secret: key.Secret(id), Email: email, Name: name,
			Site: r.Site, Request: request,
		})
	}
	if err != nil {
		return Started{}, err
	}
	if o.Request != request {
		return Started{}, problem.New(problem.Reused, "this Idempotency-Key was used with another e-mail address or name")
	}
	if o.Method == order.Free {
		if o, err = s.drive(ctx, o, ""); err != nil {
			return Started{}, err
		}
		return Started{o.ID, key.Secret(o.ID), page(key, o).Return, o.PayBy}, nil
	}
	if o, err = s.open(ctx, key, o); err != nil {
		s.Sale.OrderFailed(ctx, a.Zone, a.ID)
		return Started{}, err
	}
	if o.Reason == order.ByRefusal {
		return Started{}, refusalOf(o.Refusal).problem(o.PayBy, nil)
	}
	return Started{o.ID, key.Secret(o.ID), o.URL, o.PayBy}, nil
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// create makes a pending order, or returns the one that was made at the same time with the same key.
func (s *Starter) create(ctx context.Context, a token.Access, d order.Draft) (order.Order, error) {
	held, err := s.Sale.Pay(ctx, a, d.ID)
	if err != nil {
		return order.Order{}, err
	}
	o, err := s.make(ctx, a, d, held)
	if err != nil {
		s.Sale.OrderFailed(ctx, a.Zone, a.ID)
	}
	return o, err
}

// make makes a pending order of the seats that are held for it.
func (s *Starter) make(ctx context.Context, a token.Access, d order.Draft, held choose.Held) (order.Order, error) {
	d.PayBy, d.Currency, d.Limit = held.Until, strings.ToLower(held.Currency), held.Limit
	var told event.Event
	if s.Events != nil {
		var err error
		if told, err = s.Events.Event(ctx, a.Zone); err != nil {
			return order.Order{}, err
		}
		d.Event, d.Seller, d.VATID = told.Title(), told.Seller, told.VATID
	}
	for _, l := range held.Lines {
		d.Lines = append(d.Lines, order.Line{
			Section: l.Section, Seat: l.Seat, Label: l.Label, Category: l.Category,
			Type: l.Type, TypeName: l.TypeName, Most: l.Most, Price: l.Price, VAT: told.VATOf(l.Category),
		})
	}
	slices.SortFunc(d.Lines, func(a, b order.Line) int { return a.Label.Compare(b.Label) }) // as buyers read them
	o, err := order.New(d, s.Now())
	if err != nil {
		return order.Order{}, err
	}
	for try := range maxSteps {
		o.Number = order.NewNumber(o.ID, try)
		if o.Follows, err = s.supersede(ctx, a, o); err != nil {
			return order.Order{}, err
		}
		err = s.Orders.Create(ctx, o)
		if errors.Is(err, order.ErrNumberTaken) {
			continue
		}
		if problem.CodeOf(err) != problem.Conflict {
			return o, err
		}
		made, err := s.Orders.Get(ctx, o.ID)
		if problem.CodeOf(err) != problem.NotFound {
			return made, err // by the same request, at the same time
		}
		// The buyer made another order meanwhile: that one is given up first.
	}
	return order.Order{}, &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// supersede gives up the buyer's latest order for o, and returns its id. A pending order is brought to its end: its
// seats don't count twice then, and the provider has confirmed that its page takes no payment any more.
func (s *Starter) supersede(ctx context.Context, a token.Access, o order.Order) (follows string, err error) {
	id, err := s.Orders.Latest(ctx, a.Zone, a.ID)
	if err != nil || id == "" || id == o.ID {
		return o.Follows, err
	}
	last, err := s.Orders.Get(ctx, id)
	if err != nil || last.Final() {
		return id, err
	}
	last, err = s.move(ctx, last, order.Event{Kind: order.Cancel, Reason: order.BySuccessor})
	if err == nil {
		last, err = s.look(ctx, last)
	}
	switch {
	case last.Final() || last.Takes(): // Takes: it is paid, perhaps in the last moment, and can't be given up
		return id, nil
	case err != nil:
		return id, held(err, o)
	}
	return id, &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// open makes sure that a pending order has a page to pay on. An order that has gone further keeps its page. If the
// provider answers with an error of its own, the page is opened anew with another idempotency key, once: nobody has the
// address of a page that was answered so.
func (s *Starter) open(ctx context.Context, key order.LinkKey, o order.Order) (order.Order, error) {
	for used := o.UsedKeys; o.State == order.Pending && o.URL == ""; {
		session, err := s.Pay.Open(ctx, page(key, o))
		var refused *pay.RefusedError
		switch {
		case err == nil:
			return s.move(ctx, o, order.Event{Kind: order.Opened, Session: session.ID, URL: session.URL})
		case errors.As(err, &refused):
			refusal := refused.Code + " " + refused.Param
			o, giveUpErr := s.giveUp(ctx, o, refusal)
			return o, cmp.Or(giveUpErr, refusalOf(refusal).problem(o.PayBy, err))
		case !errors.Is(err, pay.ErrAnswered) || o.UsedKeys > used:
			return o, held(err, o)
		}
		if o, err = s.move(ctx, o, order.Event{Kind: order.KeyUsed, UsedKeys: o.UsedKeys}); err != nil {
			return o, err
		}
	}
	return o, nil
}

// held adds to an error of the provider until when the seats are kept.
func held(err error, o order.Order) error {
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != problem.Provider {
		return err
	}
	return &problem.Error{
		Code: problem.Provider, RetryAfter: max(p.RetryAfter, time.Second), HeldUntil: o.PayBy, Cause: err,
		Detail: "nothing was charged; your seats are kept, try again",
	}
}

// giveUp ends an order for which the provider refused to open a page. Nothing can have been charged.
func (s *Starter) giveUp(ctx context.Context, o order.Order, refusal string) (order.Order, error) {
	o, err := s.move(ctx, o, order.Event{Kind: order.Cancel, Reason: order.ByRefusal, Refusal: refusal})
	if err != nil {
		return o, err
	}
	return s.move(ctx, o, order.Event{Kind: order.PaymentSeen, Payment: order.Payment{State: order.PaymentCancelled}})
}
