package stripe_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
)

// TestWhatAnErrorOfStripeMeans holds who is to blame for an answer: the order, which is given up, or a moment, after
// which it is tried again.
func TestWhatAnErrorOfStripeMeans(t *testing.T) {
	for _, c := range []struct {
		status                           int
		body, header                     string
		busy, answered, again, isRefusal bool
	}{
		{status: 429, busy: true},
		{status: 409, busy: true},
		{status: 500, answered: true},
		{status: 503, answered: true},
		{status: 500, header: "true", answered: true, again: true},
		{status: 500, header: "false", answered: true},
		{status: 401},
		{status: 403},
		{status: 400, body: `{"error":{"type":"idempotency_error"}}`},
		{status: 400, body: `{"error":{"type":"invalid_request_error","code":"email_invalid"}}`, isRefusal: true},
		{status: 402, body: `{"error":{"type":"card_error","code":"card_declined"}}`, isRefusal: true},
		{status: 402, header: "true", body: `{"error":{"type":"card_error","code":"card_declined"}}`, isRefusal: true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Idempotent-Replayed", c.header)
			}
			w.WriteHeader(c.status)
			if c.body == "" {
				c.body = `{"error":{"type":"api_error"}}`
			}
			w.Write([]byte(c.body))
		}))
		p := &stripe.Provider{Keys: secret, URL: server.URL, Client: server.Client(), Now: time.Now}
		_, err := p.Open(t.Context(), checkout(anOrder(t)))
		server.Close()
		var refused *pay.RefusedError
		if errors.Is(err, pay.ErrBusy) != c.busy || errors.Is(err, pay.ErrAnswered) != c.answered ||
			errors.Is(err, pay.ErrReplayed) != c.again || errors.As(err, &refused) != c.isRefusal {
			t.Errorf("%d %s, replayed %q: %v", c.status, c.body, c.header, err)
		}
		if !c.isRefusal && problem.CodeOf(err) != problem.Provider {
			t.Errorf("%d %s: %v, want one that is tried again", c.status, c.body, err)
		}
	}
}

// A provider that gives no answer, or none that can be read, has refused nothing.
func TestNoAnswerIsNoRefusal(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	defer server.Close()
	p := &stripe.Provider{Keys: secret, URL: server.URL, Client: server.Client(), Now: time.Now}
	if _, err := p.Open(t.Context(), checkout(anOrder(t))); problem.CodeOf(err) != problem.Provider {
		t.Errorf("no answer: %v", err)
	}
}

// A caller who goes away says nothing of the provider.
func TestACallThatIsGivenUpIsNoTroubleOfTheProvider(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := &stripe.Provider{Keys: secret, URL: "http://127.0.0.1:9", Client: http.DefaultClient, Now: time.Now}
	if _, err := p.Open(ctx, checkout(anOrder(t))); !errors.Is(err, context.Canceled) ||
		problem.CodeOf(err) == problem.Provider {
		t.Errorf("given up: %v", err)
	}
}

// A secret without a key is no secret, and never quoted.
func TestASecretWithoutAKeyIsNoSecret(t *testing.T) {
	p := &stripe.Provider{Keys: vault(`{"webhooks":["whsec_new"]}`), Now: func() time.Time { return noon }}
	_, err := p.Notice(t.Context(), signed("whsec_new", noon, session), []byte(session))
	if problem.CodeOf(err) != problem.Internal || strings.Contains(err.Error(), "whsec") {
		t.Errorf("%v", err)
	}
}

// Refunds that came with the payment are all there are, unless Stripe says that it has more.
func TestMoreRefundsAreAskedForOnlyWhereThereAre(t *testing.T) {
	for _, c := range []struct {
		intent string
		lists  int
	}{
		{`null`, 0}, {`{"id":"pi_1"}`, 0}, {`{"id":"pi_1","latest_charge":{"id":"ch_1"}}`, 0},
		{`{"id":"pi_1","latest_charge":{"id":"ch_1","refunds":{"data":[],"has_more":false}}}`, 0},
		{`{"id":"pi_1","latest_charge":{"id":"ch_1","refunds":{"data":[],"has_more":true}}}`, 1},
	} {
		lists := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/refunds" {
				lists++
				w.Write([]byte(`{"object":"list","data":[],"has_more":false}`))
				return
			}
			w.Write([]byte(`{"id":"cs_1","object":"checkout.session","payment_intent":` + c.intent + `}`))
		}))
		p := &stripe.Provider{Keys: secret, URL: server.URL, Client: server.Client(), Now: time.Now}
		o := anOrder(t)
		o.Session, o.State = "cs_1", order.Pending
		if _, err := p.Get(t.Context(), o); err != nil || lists != c.lists {
			t.Errorf("%s: %d lists, want %d; %v", c.intent, lists, c.lists, err)
		}
		server.Close()
	}
}
