package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const session = `{"object":"event","type":"checkout.session.completed",
	"data":{"object":{"object":"checkout.session","id":"cs_1","client_reference_id":"o1","metadata":{}}}}`

func containsSecret(err error) bool { return strings.Contains(err.Error(), "sk_live") }

// signed returns a signature header, made by hand from Stripe's description.
func signed(secret string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func TestSignatures(t *testing.T) {
	good := signed("whsec_new", noon, session)
	for _, c := range []struct {
		name, header, body string
		ok                 bool
	}{
		{"the new secret", good, session, true},
		{"the old secret", signed("whsec_old", noon, session), session, true},
		{"signed by both", good + "," + strings.SplitN(signed("whsec_old", noon, session), ",", 2)[1], session, true},
		{"another's secret", signed("whsec_theirs", noon, session), session, false},
		{"no secret", signed("", noon, session), session, false},
		{"as old as may be", signed("whsec_new", noon.Add(-stripe.Tolerance), session), session, true},
		{"a second older", signed("whsec_new", noon.Add(-stripe.Tolerance-time.Second), session), session, false},
		{"as far ahead as may be", signed("whsec_new", noon.Add(stripe.Tolerance), session), session, true},
		{"from the future", signed("whsec_new", noon.Add(stripe.Tolerance+time.Second), session), session, false},
		{"another body", good, strings.Replace(session, "o1", "o2", 1), false},
		{
			"a later time, unsigned", strings.Replace(good, fmt.Sprint(noon.Unix()), fmt.Sprint(noon.Unix()+1), 1), session,
			false,
		},
		{"two times", fmt.Sprintf("t=%d,%s", noon.Unix()-3600, good), session, false},
		{"no time", strings.SplitN(good, ",", 2)[1], session, false},
		{"a time that is none", strings.Replace(good, "t=", "t=x", 1), session, false},
		{"no signature", strings.SplitN(good, ",", 2)[0], session, false},
		{"nothing", "", session, false},
		{"an older scheme only", strings.Replace(good, "v1=", "v0=", 1), session, false},
		{"signed, but no event", signed("whsec_new", noon, "hello"), "hello", false},
	} {
		p := &stripe.Provider{Keys: secret, Now: func() time.Time { return noon }}
		n, err := p.Notice(t.Context(), c.header, []byte(c.body))
		switch {
		case c.ok && (err != nil || n != (pay.Notice{Order: "o1", Session: "cs_1"})):
			t.Errorf("%s: %+v %v", c.name, n, err)
		case c.body == "hello" && problem.CodeOf(err) == problem.Invalid:
		case !c.ok && problem.CodeOf(err) != problem.Forbidden:
			t.Errorf("%s: %+v %v", c.name, n, err)
		}
	}
}

func TestWhatAWebhookIsAbout(t *testing.T) {
	event := func(kind, object string) string { return `{"type":"` + kind + `","data":{"object":` + object + `}}` }
	for body, want := range map[string]pay.Notice{
		session: {Order: "o1", Session: "cs_1"},
		event("", `{"object":"payment_intent","id":"pi_1","metadata":{"order":"o1"}}`): {Order: "o1"},
		event("", `{"object":"charge","id":"ch_1","metadata":{"order":"o1"}}`):         {Order: "o1"},
		event("payment_intent.payment_failed", `{"object":"payment_intent","metadata":{"order":"o1"}}`): {
			Order: "o1", Declined: true,
		},
		event("charge.dispute.created",
			`{"object":"dispute","id":"du_1","charge":"ch_1","payment_intent":"pi_1","metadata":{}}`): {Payment: "pi_1"},
		event("refund.created",
			`{"object":"refund","id":"re_1","payment_intent":"pi_1","metadata":{"order":"o1"}}`): {Order: "o1"},
		event("refund.created", `{"object":"refund","id":"re_1","payment_intent":"pi_1"}`):                 {Payment: "pi_1"},
		event("refund.created", `{"object":"refund","id":"re_1","payment_intent":null}`):                   {},
		event("charge.dispute.created", `{"object":"dispute","id":"du_1","payment_intent":{"id":"pi_1"}}`): {},
		event("", `{"object":"charge","id":"ch_1","payment_intent":"pi_1"}`):                               {Payment: "pi_1"},
		event("", `{"object":"customer","id":"cus_1"}`):                                                    {},
		event("", `{"object":"invoice","id":"in_1","payment_intent":"pi_1"}`):                              {},
		`{}`: {},
	} {
		p := &stripe.Provider{Keys: secret, Now: func() time.Time { return noon }}
		if n, err := p.Notice(t.Context(), signed("whsec_new", noon, body), []byte(body)); err != nil || n != want {
			t.Errorf("%s: %+v %v", body, n, err)
		}
	}
}
