package stripe

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v83/webhook"

	"foyer/internal/pay"
	"foyer/internal/problem"
)

// Tolerance is how far the time of a webhook's signature may be from ours. Stripe signs anew whenever it sends again.
const Tolerance = 5 * time.Minute

// Notice implements pay.Provider.
func (p *Provider) Notice(ctx context.Context, signature string, body []byte) (pay.Notice, error) {
	signed, ok := signedAt(signature)
	if !ok {
		return pay.Notice{}, problem.New(problem.Invalid, "the webhook's signature is malformed")
	}
	if age := p.Now().Sub(signed); age > Tolerance || age < -Tolerance {
		return pay.Notice{}, problem.New(problem.Invalid, "the webhook's signature is too old")
	}
	for _, again := range []bool{false, true} { // a secret may have been replaced a moment ago
		s, err := p.secret(ctx, again)
		if err != nil {
			return pay.Notice{}, problem.Wrap(problem.Internal, err, "")
		}
		for _, secret := range s.Webhooks {
			if secret != "" && webhook.ValidatePayloadIgnoringTolerance(body, signature, secret) == nil {
				return about(body)
			}
		}
	}
	return pay.Notice{}, problem.New(problem.Invalid, "the webhook's signature is wrong")
}

// signedAt is the time in a signature header, t=<seconds>,v1=<hex>,…: exactly one.
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

// about reads only which order an event is of. A checkout says so itself, a payment or charge by its metadata.
func about(body []byte) (pay.Notice, error) {
	var event struct {
		Data struct {
			Object struct {
				Object    string            `json:"object"`
				ID        string            `json:"id"`
				Reference string            `json:"client_reference_id"`
				Metadata  map[string]string `json:"metadata"`
			} `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return pay.Notice{}, problem.Wrap(problem.Invalid, err, "the webhook is no event")
	}
	o := event.Data.Object
	n := pay.Notice{Order: o.Metadata[metaOrder]}
	if o.Object == "checkout.session" {
		n.Session = o.ID
		if n.Order == "" {
			n.Order = o.Reference
		}
	}
	return n, nil
}
