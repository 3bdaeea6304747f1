package sim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
)

// wanted is some seats that a visitor would like: in small halls everybody wants the same.
func (p *tab) wanted() (seats []string) {
	w := p.w
	first := w.rng.IntN(w.size)
	for i := range 1 + w.rng.IntN(w.limit+1) {
		seats = append(seats, seatName((first+i)%w.size))
	}
	return seats
}

func (p *tab) choose(t *thread, a token.Access, seats []string) (err error) {
	return p.request(t, "choose "+strings.Join(seats, " "), func(t *thread) error {
		return p.w.sale.seats.serve(t, func(ctx context.Context, s *choose.Service) error {
			_, err := s.Choose(ctx, a, seats)
			return err
		})
	})
}

// shop chooses seats and buys them, once or twice.
func (p *tab) shop(t *thread, a token.Access) {
	w := p.w
	for round := range 1 + w.rng.IntN(3)/2 {
		held := false
		for range 1 + w.rng.IntN(5) {
			t.wait(w.about(3 * time.Second))
			err := p.choose(t, a, p.wanted())
			if problem.CodeOf(err) == problem.Ended || w.over {
				return
			}
			if held = held || err == nil; held && w.rng.IntN(4) > 0 {
				break
			}
		}
		if !held || w.rng.IntN(10) == 0 {
			continue
		}
		t.wait(w.about(6 * time.Second))
		p.buy(t, a, round)
	}
}

// buy starts an order and sees it through, or doesn't.
func (p *tab) buy(t *thread, a token.Access, round int) {
	w := p.w
	r := checkout.Request{
		Key: fmt.Sprintf("key-%d-%d-%d-0123456789", p.n, p.thread.timer, round), Email: p.email, Name: "Ada",
		Site: "https://tickets.example.com",
	}
	var o checkout.Started
	var err error
	for range 4 {
		err = p.request(t, "check out", func(t *thread) error {
			return w.sale.desks.serve(t, func(ctx context.Context, s *checkout.Starter) (err error) {
				o, err = s.Start(ctx, a, r)
				return err
			})
		})
		if err == nil || problem.CodeOf(err) == problem.Ended || problem.CodeOf(err) == problem.Limit || w.over {
			break
		}
		t.wait(w.about(2 * time.Second))
	}
	if err != nil {
		return
	}
	t.wait(w.about(8 * time.Second))
	switch w.rng.IntN(12) {
	case 0: // goes away
	case 1:
		p.order(t, "cancel", o, (*checkout.Starter).Cancel)
	case 2: // gives up, and pays on the page in another tab all the same
		p.order(t, "cancel", o, (*checkout.Starter).Cancel)
		p.pay(o)
	case 3: // pays when the time is nearly over, or is over
		t.wait(o.Deadline.Sub(w.time()) + w.about(12*time.Second) - 6*time.Second)
		p.pay(o)
	default:
		p.pay(o)
		if w.rng.IntN(3) > 0 {
			p.order(t, "look at the order", o, (*checkout.Starter).Read)
		}
	}
}

func (p *tab) pay(o checkout.Started) {
	paid := p.w.bank.pays(o.URL)
	p.w.say(p.visitor, o.Order, "%v pays for order %.6s: %v", p.visitor, o.Order, paid)
	p.w.note("pays", p.visitor, 0)
}

// order is a request with the order's secret.
func (p *tab) order(
	t *thread, what string, o checkout.Started,
	do func(*checkout.Starter, context.Context, string, order.LinkSecret) (order.Order, error),
) {
	_ = p.request(t, what, func(t *thread) error {
		return p.w.sale.desks.serve(t, func(ctx context.Context, s *checkout.Starter) error {
			_, err := do(s, ctx, o.Order, o.Secret)
			return err
		})
	})
}

// networks are those that pages come from: the first is everybody's own.
var networks = []token.Network{"4aaaaaa", "4bbbbbb", "4cccccc"}

// hoard is what somebody does who wants to harm others.
func (p *tab) hoard(t *thread, a token.Access) {
	w := p.w
	for range 6 + w.rng.IntN(6) {
		if w.over {
			return
		}
		switch w.rng.IntN(7) {
		case 5, 6: // lends the visit to others
			from := networks[w.rng.IntN(len(networks))]
			_ = p.request(t, "enter from network "+string(from), func(t *thread) error {
				return w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) error {
					_, err := s.EnterFrom(ctx, p.token, p.grant, from)
					return err
				})
			})
		case 0, 1:
			_ = p.choose(t, a, p.wanted())
		case 2:
			_ = p.choose(t, a, nil)
		case 3: // somebody else's grant
			other := bucket.Ref{Page: 1 + int64(w.rng.IntN(int(w.book.pages)+1)), Slot: w.rng.IntN(bucket.PageSize)}
			_ = p.request(t, "enter by grant "+other.String(), func(t *thread) error {
				return w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) error {
					_, err := s.Enter(ctx, p.token, other)
					return err
				})
			})
		case 4:
			stolen := a
			stolen.Ref = bucket.Ref{Page: 1 + int64(w.rng.IntN(int(w.book.pages)+1)), Slot: w.rng.IntN(bucket.PageSize)}
			_ = p.choose(t, stolen, p.wanted())
		}
		t.wait(w.about(time.Second))
	}
}

// buyerOf is whose an order is; nil while nobody knows.
func (w *World) buyerOf(id string) *visitor { return w.orders[id] }

func (w *World) sayOrder(o order.Order, format string, args ...any) {
	if w.Story {
		w.say(w.who(o.Buyer), o.ID, format, args...)
	}
}
