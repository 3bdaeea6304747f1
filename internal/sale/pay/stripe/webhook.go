package stripe

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v83/webhook"

	"foyer/internal/problem"
	"foyer/internal/sale/pay"
)

// Tolerance is how far the time of a webhook's signature may be from ours. Stripe signs anew whenever it sends again.
const Tolerance = 5 * time.Minute

// Notice implements pay.Provider.
func (p *Provider) Notice(ctx context.Context, signature string, body []byte) (pay.Notice, error) {
	signed, ok := signedAt(signature)
	if !ok {
		return pay.Notice{}, problem.New(problem.Forbidden, "the webhook's signature is malformed")
	}
	if age := p.Now().Sub(signed); age > Tolerance || age < -Tolerance {
		return pay.Notice{}, problem.New(problem.Forbidden, "the webhook's signature is too old")
	}
	for _, again := range []bool{false, true} { // the secret may have been replaced a moment ago
		s, err := p.keys(ctx, again)
		if err != nil {
			return pay.Notice{}, problem.Wrap(problem.Internal, err, "")
		}
		for _, secret := range s.Webhooks {
			if secret != "" && webhook.ValidatePayloadIgnoringTolerance(body, signature, secret) == nil {
				return about(body)
			}
		}
	}
	return pay.Notice{}, problem.New(problem.Forbidden, "the webhook's signature is wrong")
}

// signedAt returns the time in a signature header, t=<seconds>,v1=<hex>,…, which must have exactly one.
func signedAt(signature string) (time.Time, bool) {
	var found []string
	for part := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(part, "t="); ok {
			found = append(found, text)
		}
	}
	if len(found) != 1 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(found[0], 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// declined is the type of the events that say that a card was declined.
const declined = "payment_intent.payment_failed"

// about reads only which order an event is about. A checkout names it, a payment or charge has it in its metadata. A
// refund or dispute that was begun elsewhere names only its payment.
func about(body []byte) (pay.Notice, error) {
	var event struct {
		Type string `json:"type"`
		Data struct {
			Object struct {
				Object    string            `json:"object"`
				ID        string            `json:"id"`
				Reference string            `json:"client_reference_id"`
				Payment   json.RawMessage   `json:"payment_intent"`
				Metadata  map[string]string `json:"metadata"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return pay.Notice{}, problem.Wrap(problem.Invalid, err, "the webhook is no event")
	}
	o := event.Data.Object
	n := pay.Notice{Order: o.Metadata[metaOrder], Declined: event.Type == declined}
	if o.Object == "checkout.session" {
		n.Session = o.ID
		if n.Order == "" {
			n.Order = o.Reference
		}
	}
	if n.Order == "" && (o.Object == "dispute" || o.Object == "refund" || o.Object == "charge") {
		_ = json.Unmarshal(o.Payment, &n.Payment) // anything but an id names no payment
	}
	return n, nil
}
