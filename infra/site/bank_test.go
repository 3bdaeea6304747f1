package site

import (
	"context"
	"errors"
	"sync"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// bank plays the payment provider: its page is /pay, and buyers pay when the test says so.
type bank struct {
	pay.Provider // what no page leads to
	c            *cloud

	mu    sync.Mutex
	money map[string]order.Payment // by order
	fails map[string]error         // by call
}

// fail makes calls of that name fail from now on; with nil they don't.
func (b *bank) fail(call string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == nil {
		b.fails = map[string]error{}
	}
	b.fails[call] = err
}

// errAway is why the provider can't be asked.
var errAway = pay.Unavailable(errors.New("the test says no"), time.Second)

// do answers a call about an order's money, after a change of it.
func (b *bank) do(call string, o order.Order, change func(*order.Payment)) (order.Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.fails[call]; err != nil {
		return order.Payment{}, err
	}
	p, found := b.money[o.ID]
	if !found {
		p = order.Payment{
			Order: o.ID, Session: "cs_" + o.ID, State: order.PaymentUnpaid, Amount: o.Amount, Currency: o.Currency,
		}
	}
	change(&p)
	b.money[o.ID] = p
	return p, nil
}

// Open implements pay.Provider.
func (b *bank) Open(_ context.Context, at pay.Checkout) (pay.Session, error) {
	_, err := b.do("open", at.Order, func(*order.Payment) {})
	return pay.Session{ID: "cs_" + at.Order.ID, URL: b.c.URL + "/pay"}, err
}

// Get implements pay.Provider.
func (b *bank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	return b.do("get", o, func(*order.Payment) {})
}

// Capture implements pay.Provider.
func (b *bank) Capture(_ context.Context, o order.Order) (order.Payment, error) {
	return b.do("capture", o, func(p *order.Payment) { p.State = order.PaymentCaptured })
}

// Void implements pay.Provider.
func (b *bank) Void(_ context.Context, o order.Order) (order.Payment, error) {
	return b.do("void", o, func(p *order.Payment) { p.State = order.PaymentCancelled })
}

// Expire implements pay.Provider.
func (b *bank) Expire(_ context.Context, o order.Order) (order.Payment, error) {
	return b.do("expire", o, func(p *order.Payment) { p.State = order.PaymentCancelled })
}

// Refund implements pay.Provider.
func (b *bank) Refund(_ context.Context, o order.Order) (order.Payment, error) {
	return b.do("refund", o, func(p *order.Payment) {
		_, amount := o.NextRefund()
		if amount == 0 {
			amount = p.Amount - p.RefundedTotal
		}
		if p.RefundedTotal += amount; p.RefundedTotal == p.Amount {
			p.State = order.PaymentRefunded
		}
	})
}

// purchase is an order, and the link that opens its pages.
type purchase struct {
	*hall
	id     string
	secret order.LinkSecret
}

// buys has somebody order these seats.
func (h *hall) buys(seats ...string) *purchase {
	h.t.Helper()
	_, a := h.admits()
	return h.ordersAs(a, "ana@example.com", seats...)
}

func (h *hall) ordersAs(a token.Access, email string, seats ...string) *purchase {
	h.t.Helper()
	ctx, key := context.Background(), "a-key-for-each-order"
	_, err := h.choice.ChooseAt(ctx, a, seats, nil)
	h.must(err)
	_, err = h.orders.Start(ctx, a, checkout.Request{Key: key, Email: email, Name: "Ana Ferreira", Site: h.URL})
	if err != nil && !errors.Is(err, errAway) {
		h.t.Fatal(err)
	}
	id := order.NewID("main", a.ID, key)
	link, err := h.orders.Key(ctx)
	h.must(err)
	return &purchase{h, id, link.Secret(id)}
}

// link is the order's part of the addresses of its pages.
func (p *purchase) link() string { return "#" + p.id + "." + string(p.secret) }

// page is the order's page, with a query such as "?back=1", and tickets that of its tickets.
func (p *purchase) page(query string) string {
	return p.URL + Prefix + "order/index.html" + query + p.link()
}
func (p *purchase) tickets() string { return p.URL + Prefix + "ticket/index.html" + p.link() }

// order is the order as it stands.
func (p *purchase) order() order.Order {
	p.t.Helper()
	o, err := p.mem.Orders().Get(context.Background(), p.id)
	p.must(err)
	return o
}

// moves changes the money, and brings the order as far as it goes then.
func (p *purchase) moves(state order.PaymentState) order.Order {
	p.t.Helper()
	_, err := p.bank.do("", p.order(), func(m *order.Payment) {
		if m.State = state; state == order.PaymentAuthorised {
			m.ID = "pi_" + p.id
		}
	})
	p.must(err)
	return p.drives()
}

// drives brings the order as far as it goes.
func (p *purchase) drives() order.Order {
	p.t.Helper()
	o, err := p.orders.Drive(context.Background(), p.id, "")
	if err != nil && !errors.Is(err, errAway) {
		p.t.Fatal(err)
	}
	return o
}

// pays pays for the order.
func (p *purchase) pays() *purchase {
	p.t.Helper()
	if o := p.moves(order.PaymentAuthorised); o.State != order.Paid {
		p.t.Fatalf("the order is %s", o.State)
	}
	return p
}

// states brings an order that is pending to each state in which its buyer may see it.
var states = map[string]func(p *purchase){
	"pay": func(*purchase) {},
	"done": func(p *purchase) {
		p.bank.fail("capture", errAway)
		p.moves(order.PaymentAuthorised)
	},
	"ready": func(p *purchase) { p.pays() },
	"closing": func(p *purchase) {
		p.bank.fail("expire", errAway)
		_, _ = p.orders.Cancel(context.Background(), p.id, p.secret) // it isn't over yet
	},
	"cancelled": func(p *purchase) {
		_, err := p.orders.Cancel(context.Background(), p.id, p.secret)
		p.must(err)
	},
	"expired": func(p *purchase) {
		p.later(20 * time.Minute)
		p.drives()
	},
	"seats-lost": func(p *purchase) {
		before := p.order()
		after, _, err := order.Step(before, order.Event{Kind: order.LostSeat}, p.now())
		p.must(err)
		p.must(p.mem.Orders().Save(context.Background(), before, after))
		p.drives()
	},
	"superseded": func(p *purchase) {
		p.later(5 * time.Minute)
		o := p.order()
		ref, err := bucket.ParseRef(o.Grant)
		p.must(err)
		a := token.Access{Zone: "main", ID: o.Buyer, Ref: ref, Expires: p.now().Add(time.Hour)}
		_, err = p.orders.Start(context.Background(), a, checkout.Request{
			Key: "the-key-of-a-second-order", Email: o.Email, Name: o.Name, Site: p.URL,
		})
		p.must(err)
		p.drives()
	},
	"mismatch": func(p *purchase) {
		_, err := p.bank.do("", p.order(), func(m *order.Payment) { m.Amount++ })
		p.must(err)
		p.moves(order.PaymentAuthorised)
	},
	"owed": func(p *purchase) {
		refundAll(p)
		_, err := p.bank.do("", p.order(), func(m *order.Payment) {
			m.State, m.RefundedTotal = order.PaymentCaptured, 0
			m.Failed = []order.RefundFailure{{ID: "re_1", Amount: m.Amount}}
		})
		p.must(err)
		p.drives()
	},
	"overdue": func(p *purchase) {
		p.bank.fail("get", errAway)
		p.bank.fail("expire", errAway)
		p.later(15*time.Minute + time.Second)
	},
	"refused": func(p *purchase) {
		before := p.order()
		after, _, err := order.Step(before, order.Event{Kind: order.Cancel, Reason: order.ByRefusal}, p.now())
		p.must(err)
		p.must(p.mem.Orders().Save(context.Background(), before, after))
		p.drives()
	},
	"declined":         func(p *purchase) { p.moves(order.PaymentCancelled) },
	"refunded":         refundAll,
	"refunded-in-part": func(p *purchase) { p.pays().refunds(p.order().Lines[0].Seat) },
}

func refundAll(p *purchase) {
	_, err := p.pays().orders.Refund(context.Background(), p.id)
	p.must(err)
}

// refunds refunds some seats.
func (p *purchase) refunds(seats ...string) {
	p.t.Helper()
	_, err := p.orders.RefundSeats(context.Background(), p.id, checkout.SeatsRefund{Seats: seats})
	p.must(err)
}
