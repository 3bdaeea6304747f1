package stripe

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"foyer/infra/local/aws"
	"foyer/internal/sale/currency"
)

// Outcome is what happens to a payment.
type Outcome string

// The outcomes.
const (
	Approve Outcome = "approve" // authorised, and the buyer is sent back
	Decline Outcome = "decline" // the card is refused; the page stays open for another
	Slow    Outcome = "slow"    // authorised after a while
	TimeOut Outcome = "timeout" // authorised, but the buyer's browser never hears of it
)

// Webhook is what becomes of the webhooks of a payment.
type Webhook string

// The webhooks.
const (
	WebhookNow   Webhook = "now"
	WebhookTwice Webhook = "twice"
	WebhookLate  Webhook = "late"
	WebhookNever Webhook = "never"
	WebhookBad   Webhook = "bad" // badly signed
)

// knob is a choice on the page.
type knob struct{ Value, Text string }

var (
	outcomes = []knob{
		{string(Approve), "Approve"}, {string(Decline), "Decline the card"}, {string(Slow), "Be slow, then approve"},
		{string(TimeOut), "Approve, and let the browser time out"},
	}
	webhooks = []knob{
		{string(WebhookNow), "At once"}, {string(WebhookTwice), "Twice"}, {string(WebhookLate), "Late"},
		{string(WebhookNever), "Never"}, {string(WebhookBad), "Badly signed"},
	}
)

//go:embed page.html
var providerPage embed.FS

var payPage = template.Must(template.ParseFS(providerPage, "page.html"))

// ErrNotOpen says that a page is not open any more, or never was.
var ErrNotOpen = errors.New("the checkout is not open")

// Pay does what the buyer's press of the button would, and returns the address to go on at; empty: the page stays.
func (p *Service) Pay(session string, outcome Outcome, webhook Webhook) (next string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, problem := p.found(session)
	if problem != nil || c.status != "open" {
		return "", ErrNotOpen
	}
	c.webhook = webhook
	if c.amount == 0 { // nothing to pay: there is no card, and no payment
		c.status = "complete"
		p.notify(c, "checkout.session.completed", p.session(c, nil))
		return c.back, nil
	}
	if c.intent == "" {
		c.intent = "pi_" + c.id[len("cs_"):]
		p.intents[c.intent] = c
	}
	if outcome == Decline {
		c.money = "requires_payment_method"
		p.notify(c, "payment_intent.payment_failed", p.paymentIntent(c, nil))
		return "", nil
	}
	c.money, c.status = "requires_capture", "complete"
	p.notify(c, "payment_intent.amount_capturable_updated", p.paymentIntent(c, nil))
	p.notify(c, "checkout.session.completed", p.session(c, nil))
	if outcome == TimeOut {
		return "", nil
	}
	return c.back, nil
}

// Sold makes a checkout of an order that was paid and captured at a time, for tests of many.
func (p *Service) Sold(order string, amount int64, currency string, at time.Time) (session string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	id := fmt.Sprintf("cs_test_%06d", p.count)
	c := &checkout{
		id: id, intent: "pi_" + id, order: order, status: "complete", money: "succeeded", amount: amount, received: amount,
		currency: currency, created: at, expires: at.Add(time.Hour),
	}
	p.sessions[c.id], p.intents[c.intent], p.made = c, c, append(p.made, c)
	return c.id
}

// page shows the page to pay on.
func (p *Service) page(w http.ResponseWriter, r *http.Request) {
	p.show(w, r.PathValue("id"), "")
}

func (p *Service) show(w http.ResponseWriter, id, notice string) {
	p.mu.Lock()
	c, problem := p.found(id)
	var view checkout
	if problem == nil {
		view = *c
	}
	p.mu.Unlock()
	status := http.StatusOK
	if problem != nil || view.status != "open" {
		status, notice = http.StatusGone, "This page is not open any more. Nothing was charged here."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	payPage.Execute(w, map[string]any{
		"Open": status == http.StatusOK, "Notice": notice, "Names": view.names, "Text": view.text,
		"Amount": currency.Decimal(view.amount, currency.Digits(view.currency)), "Currency": view.currency,
		"Email": view.email, "Away": view.away, "Outcomes": outcomes, "Webhooks": webhooks,
	})
}

// pressed answers the press of the button.
func (p *Service) pressed(w http.ResponseWriter, r *http.Request) {
	outcome, webhook := Outcome(r.PostFormValue("outcome")), Webhook(r.PostFormValue("webhook"))
	if outcome == Slow && !p.wait(p.opts.Slow) {
		return
	}
	next, err := p.Pay(r.PathValue("id"), outcome, webhook)
	switch {
	case err != nil:
		p.show(w, r.PathValue("id"), "")
	case outcome == TimeOut:
		p.wait(p.opts.Slow)
		http.Error(w, "The page took too long to answer. (That was ordered.)", http.StatusGatewayTimeout)
	case next == "":
		p.show(w, r.PathValue("id"), "Your card was declined. Try another one.")
	default:
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

// wait waits, and reports whether the service still runs after that.
func (p *Service) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-p.stop:
		return false
	}
}

// notify sends a webhook in the way that was chosen for the checkout.
func (p *Service) notify(c *checkout, kind string, object map[string]any) {
	if p.opts.WebhookURL == "" || c.webhook == WebhookNever {
		return
	}
	p.count++
	body, _ := json.Marshal(map[string]any{
		"id": "evt_" + aws.RandomText(12), "object": "event", "type": kind, "api_version": "2025-10-29.clover",
		"created": p.opts.Now().Unix(), "livemode": false, "data": map[string]any{"object": object},
	})
	secret, times, delay := p.opts.WebhookSecret, 1, time.Duration(0)
	switch c.webhook {
	case WebhookTwice:
		times = 2
	case WebhookLate:
		delay = p.opts.LateBy
	case WebhookBad:
		secret = "whsec_of_somebody_else"
	}
	p.wg.Go(func() {
		if delay > 0 && !p.wait(delay) {
			return
		}
		for range times {
			p.send(secret, body)
		}
	})
}

// sendings is how often a webhook is tried.
const sendings = 6

// send sends a webhook until it is accepted, or refused for good.
func (p *Service) send(secret string, body []byte) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for try := range sendings {
		r, err := http.NewRequest(http.MethodPost, p.opts.WebhookURL, bytes.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("Stripe-Signature", sign(secret, p.opts.Now(), body))
		r.Header.Set("User-Agent", "Stripe/1.0 (as played by the local cloud)")
		if out, err := client.Do(r); err == nil {
			out.Body.Close()
			if out.StatusCode < 500 && out.StatusCode != http.StatusTooManyRequests {
				return
			}
		}
		if !p.wait(p.opts.Retry << try) {
			return
		}
	}
}
