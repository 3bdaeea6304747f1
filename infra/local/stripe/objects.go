package stripe

import "net/http"

// session returns a session as the API shows it. r says what of it is shown whole; nil, as in an event: nothing.
func (p *Service) session(c *checkout, r *http.Request) map[string]any {
	paid := "unpaid"
	switch {
	case c.status == "complete" && c.amount == 0:
		paid = "no_payment_required"
	case c.money == "succeeded":
		paid = "paid"
	}
	s := map[string]any{
		"id": c.id, "object": "checkout.session", "status": c.status, "payment_status": paid, "mode": "payment",
		"client_reference_id": c.order, "metadata": c.metadata(),
		"amount_total": c.amount, "currency": c.currency, "expires_at": c.expires.Unix(), "created": c.created.Unix(),
		"payment_intent": nil, "livemode": false,
	}
	if c.status == "open" {
		s["url"] = p.opts.Base + "/pay/" + c.id
	}
	switch {
	case c.intent != "" && r != nil && expands(r, "payment_intent"):
		s["payment_intent"] = p.paymentIntent(c, r)
	case c.intent != "":
		s["payment_intent"] = c.intent
	}
	return s
}

func (p *Service) paymentIntent(c *checkout, r *http.Request) map[string]any {
	i := map[string]any{
		"id": c.intent, "object": "payment_intent", "status": c.money, "amount": c.amount, "amount_received": c.received,
		"currency": c.currency, "capture_method": "manual", "metadata": c.metadata(),
		"created": c.created.Unix(), "latest_charge": nil, "description": c.description,
	}
	switch {
	case c.money != "succeeded" && c.money != "requires_capture":
	case r != nil && (expands(r, "latest_charge") || expands(r, "payment_intent.latest_charge")):
		i["latest_charge"] = p.charge(c, r)
	default:
		i["latest_charge"] = "ch_" + c.intent
	}
	return i
}

// charge returns a charge as the API shows it: since 2022-11-15 with its refunds only if they are asked for.
func (p *Service) charge(c *checkout, r *http.Request) map[string]any {
	back := c.sentBack()
	ch := map[string]any{
		"id": "ch_" + c.intent, "object": "charge", "amount": c.amount, "amount_captured": c.received,
		"captured": c.money == "succeeded", "refunded": c.refunded(), "amount_refunded": back,
		"disputed": len(c.disputes) > 0, "currency": c.currency, "metadata": c.metadata(),
		"payment_intent": c.intent,
	}
	whole := r != nil && (expands(r, "latest_charge.refunds") || expands(r, "payment_intent.latest_charge.refunds"))
	if whole {
		data := []map[string]any{}
		for i := len(c.refunds) - 1; i >= 0 && len(data) < 10; i-- {
			data = append(data, c.refundObject(c.refunds[i]))
		}
		ch["refunds"] = map[string]any{
			"object": "list", "url": "/v1/charges/ch_" + c.intent + "/refunds", "has_more": len(c.refunds) > 10, "data": data,
		}
	}
	return ch
}

func (c *checkout) refundObject(one *refund) map[string]any {
	return map[string]any{
		"id": one.id, "object": "refund", "amount": one.amount, "currency": c.currency, "status": one.status,
		"payment_intent": c.intent, "charge": "ch_" + c.intent, "metadata": one.metadata, "created": one.created.Unix(),
		"failure_reason": one.failure,
	}
}

// disputeObject returns a dispute as the API shows it: it doesn't name our order.
func (c *checkout) disputeObject(d *dispute) map[string]any {
	return map[string]any{
		"id": d.id, "object": "dispute", "amount": c.amount, "currency": c.currency, "status": d.status,
		"charge": "ch_" + c.intent, "payment_intent": c.intent, "metadata": map[string]string{}, "created": d.created.Unix(),
	}
}

// metadata returns what the session and its payment were made with.
func (c *checkout) metadata() map[string]string {
	return map[string]string{"order": c.order, "number": c.number}
}
