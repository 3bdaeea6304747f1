package stripe

import (
	"net/http"
	"strconv"

	"foyer/infra/local/aws"
)

// refunded reports whether all that was charged went back.
func (c *checkout) refunded() bool { return c.money == "succeeded" && c.given == c.amount }

func (p *Service) owner(r *http.Request) (any, *fault) {
	c, problem := p.found(r.PathValue("id"))
	if problem != nil {
		return nil, problem
	}
	return p.paymentIntent(c), nil
}

// refund gives a charge back: as much as the request says, or all that is left.
func (p *Service) refund(r *http.Request) (any, *fault) {
	c, problem := p.found(r.Form.Get("payment_intent"))
	if problem != nil {
		return nil, problem
	}
	amount := c.amount - c.given
	if text := r.Form.Get("amount"); text != "" {
		var err error
		if amount, err = strconv.ParseInt(text, 10, 64); err != nil || amount <= 0 {
			return nil, invalid("parameter_invalid_integer", "amount must be 1 or more")
		}
	}
	if problem := p.giveBack(c, amount); problem != nil {
		return nil, problem
	}
	return map[string]any{
		"id": "re_" + aws.RandomText(12), "object": "refund", "amount": amount, "status": "succeeded",
		"payment_intent": c.intent,
	}, nil
}

func (p *Service) giveBack(c *checkout, amount int64) *fault {
	switch {
	case c.money != "succeeded":
		return invalid("", "This PaymentIntent has no successful charge")
	case c.refunded():
		return invalid("charge_already_refunded", "Charge has already been refunded.")
	case amount > c.amount-c.given:
		return invalid("", "Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, c.amount-c.given)
	case c.dispute == "needs_response" || c.dispute == "lost":
		return invalid("charge_disputed", "This charge has been charged back and can no longer be refunded.")
	}
	c.given += amount
	p.notify(c, "charge.refunded", p.charge(c))
	return nil
}

func (p *Service) disputes(r *http.Request) (any, *fault) {
	c, problem := p.found(r.FormValue("payment_intent"))
	if problem != nil {
		return nil, problem
	}
	all := []any{}
	if c.dispute != "" {
		all = append(all, p.disputed(c))
	}
	return map[string]any{"object": "list", "url": "/v1/disputes", "has_more": false, "data": all}, nil
}

// disputed returns a dispute as the API shows it: it doesn't name our order.
func (p *Service) disputed(c *checkout) map[string]any {
	return map[string]any{
		"id": "du_" + c.intent, "object": "dispute", "amount": c.amount, "currency": c.currency, "status": c.dispute,
		"charge": "ch_" + c.intent, "payment_intent": c.intent, "metadata": map[string]string{},
	}
}

func (p *Service) charge(c *checkout) map[string]any {
	return map[string]any{
		"id": "ch_" + c.intent, "object": "charge", "amount": c.amount, "captured": c.money == "succeeded",
		"refunded": c.refunded(), "amount_refunded": c.given, "disputed": c.dispute != "", "currency": c.currency,
		"metadata": map[string]string{"order": c.order},
	}
}

// ByHand refunds a part of an order, as a person would at the provider's own desk.
func (p *Service) ByHand(order string, amount int64) error {
	return p.atDesk(order, func(c *checkout) *fault { return p.giveBack(c, amount) })
}

// Dispute makes the buyer's bank dispute the payment of an order, or end that dispute: status is Stripe's word.
func (p *Service) Dispute(order, status string) error {
	return p.atDesk(order, func(c *checkout) *fault {
		event := "charge.dispute.closed"
		if c.dispute == "" {
			event = "charge.dispute.created"
		}
		c.dispute = status
		p.notify(c, event, p.disputed(c))
		return nil
	})
}

// atDesk does work on the payment of an order, which must be charged.
func (p *Service) atDesk(order string, work func(*checkout) *fault) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.sessions {
		if c.order != order || c.money != "succeeded" {
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
