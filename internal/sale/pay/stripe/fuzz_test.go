package stripe_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
)

// FuzzNotice looks for a webhook that is taken though its signature isn't of our secret, and for bodies that are too
// much for the reader: those are signed.
func FuzzNotice(f *testing.F) {
	f.Add(signed("whsec_new", noon, session), []byte(session))
	f.Add("t=1,v1=", []byte(`{"data":{"object":{"object":"refund","payment_intent":{"id":"pi_1"}}}}`))
	f.Add("t=1,t=2", []byte(`{"type":"payment_intent.payment_failed","data":{"object":{"metadata":{"order":"o1"}}}}`))
	f.Add("", []byte("null"))
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		p := &stripe.Provider{Keys: secret, Now: func() time.Time { return noon }}
		n, err := p.Notice(t.Context(), signature, body)
		if err != nil && n != (pay.Notice{}) {
			t.Errorf("refused, and about %+v", n)
		}
		if err == nil && string(body) != session {
			t.Errorf("%q was taken for a signature of %q", signature, body)
		}
		_, err = p.Notice(t.Context(), signed("whsec_new", noon, string(body)), body)
		if err != nil && problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q, signed: %v", body, err)
		}
	})
}
