package stripe

import (
	"net/http"
	"strconv"
	"time"

	"foyer/infra/local/aws"
)

// refund is a refund of a payment.
type refund struct {
	id, status string // succeeded, failed …
	failure    any    // why it failed, or nil
	amount     int64
	metadata   map[string]string
	created    time.Time
}

// dispute is a dispute of a payment.
type dispute struct {
	id, status string
	created    time.Time
}

// ended reports whether a dispute is over.
func (d *dispute) ended() bool {
	return d.status == "won" || d.status == "lost" || d.status == "warning_closed"
}

// sentBack returns how much of a payment went back and stayed there.
func (c *checkout) sentBack() (total int64) {
	for _, r := range c.refunds {
		if r.status != "failed" {
			total += r.amount
		}
	}
	return total
}

// refunded reports whether all that was charged went back.
func (c *checkout) refunded() bool { return c.money == "succeeded" && c.sentBack() == c.received }

func (p *Service) owner(r *http.Request) (any, *fault) {
	c, problem := p.found(r.PathValue("id"))
	if problem != nil {
		return nil, problem
	}
	return p.paymentIntent(c, r), nil
}

// refund gives a charge back: as much as the request says, or all that is left.
func (p *Service) refund(r *http.Request) (any, *fault) {
	c, problem := p.found(r.Form.Get("payment_intent"))
	if problem != nil {
		return nil, problem
	}
	amount := c.received - c.sentBack()
	if text := r.Form.Get("amount"); text != "" {
		var err error
		if amount, err = strconv.ParseInt(text, 10, 64); err != nil || amount <= 0 {
			return nil, invalid("parameter_invalid_integer", "amount must be 1 or more")
		}
	}
	metadata := map[string]string{}
	for _, name := range []string{"order", "return"} {
		if value := r.Form.Get("metadata[" + name + "]"); value != "" {
			metadata[name] = value
		}
	}
	made, problem := p.giveBack(c, amount, metadata)
	if problem != nil {
		return nil, problem
	}
	return c.refundObject(made), nil
}

func (p *Service) giveBack(c *checkout, amount int64, metadata map[string]string) (*refund, *fault) {
	left := c.received - c.sentBack()
	var last string
	if n := len(c.disputes); n > 0 {
		last = c.disputes[n-1].status
	}
	switch {
	case c.money != "succeeded":
		return nil, invalid("", "This PaymentIntent has no successful charge")
	case c.refunded():
		return nil, invalid("charge_already_refunded", "Charge has already been refunded.")
	case amount > left:
		return nil, invalid("", "Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, left)
	case last == "needs_response" || last == "lost":
		return nil, invalid("charge_disputed", "This charge has been charged back and can no longer be refunded.")
	}
	r := &refund{
		id: "re_" + aws.RandomText(12), status: "succeeded", amount: amount, metadata: metadata, created: p.opts.Now(),
	}
	c.refunds = append(c.refunds, r)
	p.notify(c, "refund.created", c.refundObject(r))
	p.notify(c, "charge.refunded", p.charge(c, nil))
	return r, nil
}

// ByHand refunds a part of an order, as a person would at the provider's own desk.
func (p *Service) ByHand(order string, amount int64) error {
	return p.atDesk(order, "succeeded", func(c *checkout) *fault {
		_, problem := p.giveBack(c, amount, map[string]string{})
		return problem
	})
}

// CaptureByHand captures a part of what was authorised for an order, as a person would at the provider's own desk. The
// rest is released.
func (p *Service) CaptureByHand(order string, amount int64) error {
	return p.atDesk(order, "requires_capture", func(c *checkout) *fault {
		c.money, c.received = "succeeded", amount
		p.notify(c, "payment_intent.succeeded", p.paymentIntent(c, nil))
		return nil
	})
}

// FailRefund makes the buyer's bank send the n-th refund of an order back, from 0, as it may days later: the seller has
// the money again.
func (p *Service) FailRefund(order string, n int) error {
	return p.atDesk(order, "succeeded", func(c *checkout) *fault {
		if n >= len(c.refunds) {
			return invalid("resource_missing", "there are %d refunds", len(c.refunds))
		}
		r := c.refunds[n]
		r.status, r.failure = "failed", "expired_or_canceled_card"
		for _, event := range []string{"refund.updated", "charge.refund.updated", "refund.failed"} {
			p.notify(c, event, c.refundObject(r))
		}
		return nil
	})
}

// Dispute makes the buyer's bank dispute the payment of an order, or end that dispute: status is Stripe's word. After
// one that has ended, another begins.
func (p *Service) Dispute(order, status string) error {
	return p.atDesk(order, "succeeded", func(c *checkout) *fault {
		begins := !(&dispute{status: status}).ended()
		event := "charge.dispute.updated"
		switch n := len(c.disputes); {
		case n == 0, begins && c.disputes[n-1].ended():
			event = "charge.dispute.created"
			id := "du_" + strconv.Itoa(n) + c.intent
			c.disputes = append(c.disputes, &dispute{id: id, created: p.opts.Now()})
		case !begins:
			event = "charge.dispute.closed"
		}
		last := c.disputes[len(c.disputes)-1]
		last.status = status
		p.notify(c, event, c.disputeObject(last))
		return nil
	})
}

// atDesk does work on the payment of an order that is in a state.
func (p *Service) atDesk(order, state string, work func(*checkout) *fault) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.made {
		if c.order != order || c.money != state {
			continue
		}
		if problem := work(c); problem != nil {
			return problem
		}
		return nil
	}
	return ErrNotOpen
}

func (e *fault) Error() string { return e.code + ": " + e.text }
