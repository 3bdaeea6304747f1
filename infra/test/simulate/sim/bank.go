package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// bank plays the payment provider: pages, money and webhooks, each order's steps made once whatever is repeated.
type bank struct {
	w      *World
	purses map[string]*purse   // by session
	all    []*purse            // in the order in which they were made
	byID   map[string][]*purse // by order
}

// purse is one checkout with its money.
type purse struct {
	session, order string
	open           bool // its page takes a payment
	state          order.PaymentState
	amount         int64
	captures       int
	authorised     bool // it was, at some time
	byHand         bool // captured at the desk
	back           int64
	refunds        map[int]bool // by their number
}

func newBank(w *World) *bank {
	return &bank{w: w, purses: map[string]*purse{}, byID: map[string][]*purse{}}
}

func (p *purse) payment() order.Payment {
	out := order.Payment{
		Order: p.order, Session: p.session, State: p.state, Amount: p.amount, Currency: "eur", RefundedTotal: p.back,
	}
	if p.state != order.PaymentUnpaid {
		out.ID = "pi-" + p.session
	}
	if p.state == order.PaymentUnpaid && !p.open {
		out.State = order.PaymentCancelled
	}
	return out
}

// ask is one call of the provider. It answers that it is unavailable where the network had trouble.
func (b *bank) ask(op string, work func() error) error {
	if w := b.w; w.now >= w.weather.bankDown[0] && w.now < w.weather.bankDown[1] {
		work = func() error { return errDown }
	}
	err := b.w.call("bank."+op, work)
	if err == errDown || err == errLost || problem.CodeOf(err) == problem.Busy {
		return pay.Unavailable(err, time.Second)
	}
	return err
}

// Open implements pay.Provider.
func (b *bank) Open(_ context.Context, c pay.Checkout) (s pay.Session, err error) {
	err = b.ask("open", func() error {
		id := c.Order.ID
		if len(b.byID[id]) == 0 || b.w.Plant == plantSecondPage {
			p := &purse{
				session: fmt.Sprintf("cs-%.8s-%d", id, len(b.byID[id])), order: id, open: true,
				state: order.PaymentUnpaid, amount: c.Order.Amount, refunds: map[int]bool{},
			}
			b.purses[p.session], b.all, b.byID[id] = p, append(b.all, p), append(b.byID[id], p)
			b.w.sayOrder(c.Order, "the provider opens a page for order %.6s", id)
		}
		p := b.byID[id][len(b.byID[id])-1]
		s = pay.Session{ID: p.session, URL: "https://bank.example.com/" + p.session}
		return nil
	})
	if err != nil {
		return pay.Session{}, err
	}
	return s, nil
}

// step changes a purse, where it is in one of the states.
func (b *bank) step(
	op string, o order.Order, from []order.PaymentState, change func(*purse),
) (out order.Payment, err error) {
	err = b.ask(op, func() error {
		p := b.purses[o.Session]
		if p == nil || from != nil && !slices.Contains(from, p.state) || op == "expire" && !p.open {
			return &pay.RefusedError{Code: "unexpected_state"}
		}
		change(p)
		out = p.payment()
		if from != nil {
			b.w.book.money = true
			b.w.sayOrder(o, "the provider does %s for order %.6s: %s", op, o.ID, p.state)
			b.webhook(p)
		}
		return nil
	})
	if err != nil {
		return order.Payment{}, err
	}
	return out, nil
}

// Get implements pay.Provider.
func (b *bank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("get", o, nil, func(*purse) {})
}

// Capture implements pay.Provider.
func (b *bank) Capture(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("capture", o, []order.PaymentState{order.PaymentAuthorised}, func(p *purse) {
		p.state = order.PaymentCaptured
		p.captures++
		b.w.book.captured(o)
	})
}

// Void implements pay.Provider.
func (b *bank) Void(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("void", o, []order.PaymentState{order.PaymentAuthorised}, func(p *purse) {
		p.state = order.PaymentCancelled
	})
}

// Expire implements pay.Provider.
func (b *bank) Expire(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("expire", o, []order.PaymentState{order.PaymentUnpaid}, func(p *purse) { p.open = false })
}

// Refund implements pay.Provider.
func (b *bank) Refund(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("refund", o, []order.PaymentState{order.PaymentCaptured}, func(p *purse) {
		number, amount := o.NextRefund()
		if number == 0 {
			amount = p.amount - p.back
		} else if p.refunds[number] && b.w.Plant != plantRefundTwice {
			return // by its idempotency key
		}
		p.refunds[number] = true
		if p.back += min(amount, p.amount-p.back); p.back == p.amount {
			p.state = order.PaymentRefunded
		}
	})
}

// Owner implements pay.Provider.
func (b *bank) Owner(_ context.Context, payment string) (owner string, err error) {
	err = b.ask("owner", func() error {
		p := b.purses[strings.TrimPrefix(payment, "pi-")]
		if p == nil {
			return &pay.RefusedError{Code: "resource_missing"}
		}
		owner = p.order
		return nil
	})
	return owner, err
}

// Notice implements pay.Provider: "good" is the signature, "order session" the body.
func (b *bank) Notice(_ context.Context, signature string, body []byte) (pay.Notice, error) {
	if signature != "good" {
		return pay.Notice{}, problem.New(problem.Invalid, "")
	}
	id, session, _ := strings.Cut(string(body), " ")
	return pay.Notice{Order: id, Session: session}, nil
}

// pays is a buyer on the page; false when it doesn't take a payment any more.
func (b *bank) pays(url string) bool {
	p := b.purses[strings.TrimPrefix(url, "https://bank.example.com/")]
	if p == nil || !p.open {
		return false
	}
	p.open, p.state, p.authorised = false, order.PaymentAuthorised, true
	b.w.book.money = true
	b.webhook(p)
	return true
}

// desk is somebody at the provider's own desk, or the buyer's bank, who captures what is reserved, or takes it back.
func (b *bank) desk() {
	for _, p := range b.all {
		if p.state != order.PaymentAuthorised {
			continue
		}
		if b.w.rng.IntN(2) == 0 {
			p.state, p.byHand = order.PaymentCaptured, true
		} else {
			p.state = order.PaymentCancelled
		}
		b.w.book.money = true
		b.w.say(b.w.buyerOf(p.order), p.order, "at the provider's desk the money of order %.6s is %s", p.order, p.state)
		b.webhook(p)
		return
	}
}

// webhook is lost, comes once, or several times, soon or late.
func (b *bank) webhook(p *purse) {
	w, id, session := b.w, p.order, p.session
	times := 1
	if !w.weather.calm {
		times = []int{0, 1, 1, 1, 1, 2}[w.rng.IntN(6)]
	}
	for range times {
		after := w.about(500 * time.Millisecond)
		if w.chance(w.weather.late) {
			after += w.about(30 * time.Second)
		}
		w.at(after, func() { w.sale.webhook(id, session, 3) })
	}
}
