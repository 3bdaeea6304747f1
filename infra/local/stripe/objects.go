package stripe

// session returns a session as the API shows it, its payment expanded.
func (p *Service) session(c *checkout) map[string]any {
	paid := "unpaid"
	if c.money == "succeeded" {
		paid = "paid"
	}
	s := map[string]any{
		"id": c.id, "object": "checkout.session", "status": c.status, "payment_status": paid, "mode": "payment",
		"client_reference_id": c.order, "metadata": map[string]string{"order": c.order},
		"amount_total": c.amount, "currency": c.currency, "expires_at": c.expires.Unix(), "created": c.created.Unix(),
		"payment_intent": nil, "livemode": false,
	}
	if c.status == "open" {
		s["url"] = p.opts.Base + "/pay/" + c.id
	}
	if c.intent != "" {
		s["payment_intent"] = p.paymentIntent(c)
	}
	return s
}

func (p *Service) paymentIntent(c *checkout) map[string]any {
	received := int64(0)
	if c.money == "succeeded" {
		received = c.amount
	}
	return map[string]any{
		"id": c.intent, "object": "payment_intent", "status": c.money, "amount": c.amount, "amount_received": received,
		"currency": c.currency, "capture_method": "manual", "metadata": map[string]string{"order": c.order},
		"latest_charge": p.charge(c),
	}
}
