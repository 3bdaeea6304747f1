// Package stripe plays the part of Stripe's HTTP API that Foyer uses (Checkout sessions, payment intents, refunds,
// disputes), with idempotency keys, the page to pay on, and signed webhooks. Its page offers all kinds of trouble; a
// program orders the same by Service.Pay. It knows no cards, and keeps everything in memory.
package stripe

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"foyer/infra/local/aws"
)

// Options says how the payment provider behaves unless a payment orders otherwise.
type Options struct {
	Key           string // that requests must carry
	WebhookSecret string // that webhooks are signed with
	WebhookURL    string // where they go; empty: nowhere
	Base          string // its own address, for the hosted page
	Now           func() time.Time
	LateBy        time.Duration // of late webhooks; 0: 20 s
	Slow          time.Duration // of slow payments; 0: 5 s
	Retry         time.Duration // before a failed webhook is sent again; it doubles. 0: 1 s
	// Trouble is called before every call of the API, with its step (open, get, expire, capture, void, refund,
	// owner, sessions, intents, refunds, disputes) and order; nil: there is no trouble.
	Trouble func(step, order string) Trouble
	Limits  Limits // zero: Live
}

// Trouble is what goes wrong with one call of the API.
type Trouble struct {
	Status int           // answered without doing anything. A 500 is the answer to its idempotency key from then on
	Lost   bool          // it is done, and the connection breaks before the answer
	Delay  time.Duration // before anything
}

// Service is the payment provider.
type Service struct {
	opts   Options
	mux    *http.ServeMux
	wg     sync.WaitGroup
	stop   chan struct{}
	closed sync.Once

	mu       sync.Mutex
	count    int
	sessions map[string]*checkout
	intents  map[string]*checkout
	replies  map[string]reply
	calls    map[string]int
	made     []*checkout // in their order
	meter    meter
}

// checkout is a session, its payment and its charge in one.
type checkout struct {
	id, intent, order           string
	number                      string // metadata, as the order's id is
	status                      string // of the session: open, complete, expired
	money                       string // of the payment, as Stripe calls it; empty: none yet
	amount, received            int64
	currency, email, back, away string
	names                       []string
	expires, created            time.Time
	description, suffix, text   string // of the payment, on the buyer's statement, and on the page
	refunds                     []*refund
	disputes                    []*dispute
	webhook                     Webhook
}

// New returns a provider without payments.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Limits = cmp.Or(o.Limits, Live)
	o.LateBy = cmp.Or(o.LateBy, 20*time.Second)
	o.Slow, o.Retry = cmp.Or(o.Slow, 5*time.Second), cmp.Or(o.Retry, time.Second)
	p := &Service{
		opts: o, mux: http.NewServeMux(), stop: make(chan struct{}),
		sessions: map[string]*checkout{}, intents: map[string]*checkout{},
		replies: map[string]reply{}, calls: map[string]int{},
	}
	p.mux.HandleFunc("POST /v1/checkout/sessions", p.api("open", p.open))
	p.mux.HandleFunc("GET /v1/checkout/sessions/{id}", p.api("get", p.get))
	p.mux.HandleFunc("POST /v1/checkout/sessions/{id}/expire", p.api("expire", p.expire))
	p.mux.HandleFunc("POST /v1/payment_intents/{id}/capture", p.api("capture", p.capture))
	p.mux.HandleFunc("POST /v1/payment_intents/{id}/cancel", p.api("void", p.void))
	p.mux.HandleFunc("GET /v1/payment_intents/{id}", p.api("owner", p.owner))
	p.mux.HandleFunc("POST /v1/refunds", p.api("refund", p.refund))
	p.mux.HandleFunc("GET /v1/checkout/sessions", p.api("sessions", p.listSessions))
	p.mux.HandleFunc("GET /v1/payment_intents", p.api("intents", p.listIntents))
	p.mux.HandleFunc("GET /v1/refunds", p.api("refunds", p.listRefunds))
	p.mux.HandleFunc("GET /v1/disputes", p.api("disputes", p.listDisputes))
	p.mux.HandleFunc("GET /pay/{id}", p.page)
	p.mux.HandleFunc("POST /pay/{id}", p.pressed)
	return p
}

// ServeHTTP answers the API and shows the page.
func (p *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// Base returns its own address, which its API and its pages have in common.
func (p *Service) Base() string { return p.opts.Base }

// Close waits for the webhooks that are being sent and gives up those that are late. It may be called again.
func (p *Service) Close() {
	p.closed.Do(func() { close(p.stop) })
	p.wg.Wait()
}

// Calls returns how often a step was made for an order; repeats of an idempotency key don't count.
func (p *Service) Calls(step, order string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[step+" "+order]
}

// Money returns the state of each payment of an order, in Stripe's words and "refunded".
func (p *Service) Money(order string) (states []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.sessions {
		switch {
		case c.order != order:
		case c.refunded():
			states = append(states, "refunded")
		default:
			states = append(states, c.money)
		}
	}
	return states
}

// open makes a session. It refuses what a hosted page with manual capture can't use.
func (p *Service) open(r *http.Request) (any, *fault) {
	f, now := r.Form, p.opts.Now()
	for name, want := range map[string]string{"mode": "payment", "payment_intent_data[capture_method]": "manual"} {
		if f.Get(name) != want {
			return nil, invalid("parameter_invalid", "%s must be %s here", name, want)
		}
	}
	expires, err := strconv.ParseInt(f.Get("expires_at"), 10, 64)
	if left := time.Unix(expires, 0).Sub(now); err != nil || left < 30*time.Minute || left > 24*time.Hour {
		return nil, invalid("parameter_invalid", "expires_at must be 30 minutes to 24 hours from now")
	}
	p.count++
	c := &checkout{
		id: fmt.Sprintf("cs_test_%06d%s", p.count, aws.RandomText(9)), status: "open", order: f.Get("client_reference_id"),
		number:   f.Get("metadata[number]"),
		currency: f.Get("line_items[0][price_data][currency]"), email: f.Get("customer_email"),
		back: f.Get("success_url"), away: f.Get("cancel_url"), expires: time.Unix(expires, 0), created: now,
	}
	for i := 0; ; i++ {
		at := fmt.Sprintf("line_items[%d]", i)
		if !f.Has(at + "[quantity]") {
			break
		}
		price, err := strconv.ParseInt(f.Get(at+"[price_data][unit_amount]"), 10, 64)
		if err != nil || price < 0 || f.Get(at+"[price_data][currency]") != c.currency {
			return nil, invalid("parameter_invalid", "%s has no price in the session's currency", at)
		}
		c.amount += price
		c.names = append(c.names, f.Get(at+"[price_data][product_data][name]"))
	}
	if len(c.names) == 0 || !localURL(c.back) || !localURL(c.away) {
		return nil, invalid("parameter_missing", "line_items with prices, success_url and cancel_url are wanted")
	}
	c.description = f.Get("payment_intent_data[description]")
	c.suffix = f.Get("payment_intent_data[statement_descriptor_suffix]")
	c.text = f.Get("custom_text[submit][message]")
	if problem := c.refused(); problem != nil {
		return nil, problem
	}
	p.sessions[c.id], p.made = c, append(p.made, c)
	return p.session(c, r), nil
}

func localURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http")
}

// found returns the session or payment of a request. A page that was not used in time has expired.
func (p *Service) found(id string) (*checkout, *fault) {
	c := p.sessions[id]
	if c == nil {
		c = p.intents[id]
	}
	if c == nil {
		return nil, &fault{
			status: http.StatusNotFound, kind: "invalid_request_error", code: "resource_missing", text: "No such object",
		}
	}
	if c.status == "open" && !p.opts.Now().Before(c.expires) {
		c.status = "expired"
	}
	return c, nil
}

func (p *Service) get(r *http.Request) (any, *fault) {
	c, problem := p.found(r.PathValue("id"))
	if problem != nil {
		return nil, problem
	}
	return p.session(c, r), nil
}

func (p *Service) expire(r *http.Request) (any, *fault) {
	c, problem := p.found(r.PathValue("id"))
	switch {
	case problem != nil:
		return nil, problem
	case c.status != "open":
		return nil, invalid("", "Only Checkout Sessions with a status in [\"open\"] can be expired. "+
			"This Checkout Session has a status of %s", c.status)
	}
	c.status = "expired"
	p.notify(c, "checkout.session.expired", p.session(c, nil))
	return p.session(c, r), nil
}

func (p *Service) capture(r *http.Request) (any, *fault) {
	return p.move(r, "requires_capture", "succeeded", "payment_intent.succeeded")
}

func (p *Service) void(r *http.Request) (any, *fault) {
	return p.move(r, "requires_capture", "canceled", "payment_intent.canceled")
}

// move takes a payment from one state to the next.
func (p *Service) move(r *http.Request, from, to, event string) (any, *fault) {
	c, problem := p.found(r.PathValue("id"))
	switch {
	case problem != nil:
		return nil, problem
	case c.money != from:
		return nil, invalid("payment_intent_unexpected_state", "This PaymentIntent has a status of %s", c.money)
	}
	amount := c.amount
	if text := r.Form.Get("amount_to_capture"); text != "" {
		var err error
		if amount, err = strconv.ParseInt(text, 10, 64); err != nil || amount < 1 || amount > c.amount {
			return nil, invalid("amount_too_large", "amount_to_capture must be 1 to %d", c.amount)
		}
	}
	if c.money = to; to == "succeeded" {
		c.received = amount // the rest is released
	}
	p.notify(c, event, p.paymentIntent(c, nil))
	return p.paymentIntent(c, r), nil
}

// sign returns the header with the signature of a webhook's body.
func sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}
