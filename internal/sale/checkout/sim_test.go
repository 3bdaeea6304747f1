package checkout_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// purse is one checkout at the simulated provider, with its money.
type purse struct {
	session, order string
	open           bool // its page takes a payment
	state          order.PaymentState
	amount         int64
	currency       string
	captures       int
	back, byHand   int64            // given back, and of that at the desk
	returns        map[string]int64 // refunds that were made, by their idempotency key
	failed         []order.RefundFailure
	dispute        order.Dispute
}

func (p *purse) payment() order.Payment {
	out := order.Payment{
		Order:         p.order,
		Session:       p.session,
		State:         p.state,
		Amount:        p.amount,
		Currency:      p.currency,
		RefundedTotal: p.back,
		Failed:        slices.Clone(p.failed),
		Dispute:       p.dispute,
	}
	if p.state != order.PaymentUnpaid {
		out.ID = "pi-" + p.session
	}
	if p.state == order.PaymentUnpaid && !p.open {
		out.State = order.PaymentCancelled
	}
	return out
}

// bank simulates a provider: pages, money and webhooks. Before hears of every call first and may refuse it; after hears
// of it when it is done and may lose the answer.
type bank struct {
	before, after func(call, order string) error
	told          func(order, session string) // a webhook is due
	double        bool                        // sabotage: opening is not idempotent
	twice         bool                        // sabotage: refunds of seats are not idempotent

	mu     sync.Mutex
	purses map[string]*purse // by session
	opened map[string]string // by order and idempotency key
	saved  map[string]error  // answers of its own, by idempotency key: it repeats them
	onTake func(orderID string)
}

func newBank() *bank {
	pass := func(string, string) error { return nil }
	return &bank{
		before: pass,
		after:  pass,
		told:   func(string, string) {},
		purses: map[string]*purse{},
		opened: map[string]string{},
		saved:  map[string]error{},
	}
}

func (b *bank) Open(_ context.Context, c pay.Checkout) (pay.Session, error) {
	if err := b.before("open", c.Order.ID); err != nil {
		return pay.Session{}, err
	}
	b.mu.Lock()
	key := fmt.Sprint(c.Order.ID, "-", c.Order.UsedKeys)
	id, found := b.opened[key]
	if !found || b.double {
		id = fmt.Sprintf("cs-%s-%d", c.Order.ID, len(b.purses))
		b.opened[key], b.opened[c.Order.ID] = id, id
		b.purses[id] = &purse{
			session:  id,
			order:    c.Order.ID,
			open:     true,
			state:    order.PaymentUnpaid,
			amount:   c.Order.Amount,
			currency: c.Order.Currency,
		}
	}
	b.mu.Unlock()
	return pay.Session{ID: id, URL: "https://bank.example.com/" + id}, b.after("open", c.Order.ID)
}

func (b *bank) step(call string, o order.Order, from []order.PaymentState, change func(*purse)) (order.Payment, error) {
	if err := b.before(call, o.ID); err != nil {
		return order.Payment{}, err
	}
	b.mu.Lock()
	p := b.purses[o.Session]
	var out order.Payment
	var err error
	allowed := from == nil
	for _, s := range from {
		allowed = allowed || p != nil && p.state == s
	}
	switch {
	case p == nil, !allowed, call == "expire" && !p.open:
		err = &pay.RefusedError{Code: "unexpected_state"}
	default:
		change(p)
		out = p.payment()
	}
	b.mu.Unlock()
	if err != nil {
		return out, err
	}
	if from != nil {
		b.told(o.ID, o.Session)
	}
	return out, b.after(call, o.ID)
}

func (b *bank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("get", o, nil, func(*purse) {})
}

func (b *bank) Capture(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("capture", o, []order.PaymentState{order.PaymentAuthorised}, func(p *purse) {
		b.onTake(o.ID)
		p.state = order.PaymentCaptured
		p.captures++
	})
}

func (b *bank) Void(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step(
		"void",
		o,
		[]order.PaymentState{order.PaymentAuthorised},
		func(p *purse) { p.state = order.PaymentCancelled },
	)
}

func (b *bank) Expire(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("expire", o, []order.PaymentState{order.PaymentUnpaid}, func(p *purse) { p.open = false })
}

func (b *bank) Refund(_ context.Context, o order.Order) (order.Payment, error) {
	return b.step("refund", o, []order.PaymentState{order.PaymentCaptured}, func(p *purse) {
		number, amount := o.NextRefund()
		if number == 0 && amount == 0 {
			p.give(p.amount - p.back)
			return
		}
		key := fmt.Sprint(number, "-", o.UsedKeys)
		if p.returns[key] > 0 && !b.twice {
			return
		}
		if p.returns == nil {
			p.returns = map[string]int64{}
		}
		p.returns[key] = p.give(amount)
	})
}

// give refunds an amount, or as much as remains.
func (p *purse) give(amount int64) int64 {
	amount = min(amount, p.amount-p.back)
	if p.back += amount; p.back == p.amount {
		p.state = order.PaymentRefunded
	}
	return amount
}

// sendsBack has the buyer's bank send a refund back: of a partial refund, by its number, or of all that went back.
func (b *bank) sendsBack(orderID string, number int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.purses[b.opened[orderID]]
	if p == nil || p.back == 0 || p.byHand > 0 {
		return false
	}
	amount := p.back
	if number > 0 {
		if amount = p.returns[fmt.Sprint(number, "-0")]; amount == 0 {
			return false
		}
	}
	p.failed = append(p.failed, order.RefundFailure{
		ID: fmt.Sprintf("re-%d-%d", len(p.failed), number), Number: number, Amount: amount,
	})
	p.back, p.state = p.back-amount, order.PaymentCaptured
	return true
}

// Owner knows payments by their sessions.
func (b *bank) Owner(_ context.Context, payment string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.purses[strings.TrimPrefix(payment, "pi-")]; p != nil {
		return p.order, nil
	}
	return "", &pay.RefusedError{Code: "resource_missing"}
}

// hand refunds a part of an order directly at the provider.
func (b *bank) hand(orderID string, amount int64) {
	b.mu.Lock()
	p := b.purses[b.opened[orderID]]
	if p != nil && p.state == order.PaymentCaptured && len(p.failed) == 0 { // else it could be for what is owed
		p.byHand += p.give(amount)
	}
	b.mu.Unlock()
}

// disputes begins or ends a dispute of an order's payment.
func (b *bank) disputes(orderID string, how order.Dispute) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.purses[b.opened[orderID]].dispute = how
}

// Notice takes "order session" as a webhook; the signature is "good".
func (b *bank) Notice(_ context.Context, signature string, body []byte) (pay.Notice, error) {
	if signature != "good" {
		return pay.Notice{}, problem.New(problem.Invalid, "")
	}
	if payment, ok := strings.CutPrefix(string(body), "payment "); ok {
		return pay.Notice{Payment: payment}, nil
	}
	id, session, _ := strings.Cut(string(body), " ")
	return pay.Notice{Order: id, Session: session}, nil
}

// pays pays on a page, and reports whether it was open.
func (b *bank) pays(url string) bool {
	session := strings.TrimPrefix(url, "https://bank.example.com/")
	b.mu.Lock()
	p := b.purses[session]
	if p == nil || !p.open {
		b.mu.Unlock()
		return false
	}
	p.open, p.state = false, order.PaymentAuthorised
	b.mu.Unlock()
	b.told(p.order, session)
	return true
}

// desk moves the money of an order directly at the provider.
func (b *bank) desk(orderID string, from, to order.PaymentState) {
	b.mu.Lock()
	p := b.purses[b.opened[orderID]]
	moved := p != nil && p.state == from
	if moved {
		p.state = to
		if to == order.PaymentRefunded {
			p.byHand += p.amount - p.back
			p.back = p.amount
		}
	}
	b.mu.Unlock()
	if moved {
		b.told(orderID, p.session)
	}
}

// all returns every purse.
func (b *bank) all() (out []purse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.purses {
		out = append(out, *p)
	}
	return out
}
