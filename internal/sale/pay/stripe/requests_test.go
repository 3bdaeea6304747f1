package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay/stripe"
)

// asked are the requests that a provider made.
type asked struct {
	path, key string
	form      url.Values
}

// recorded returns a provider whose requests are recorded and answered with an empty object.
func recorded(t *testing.T) (*stripe.Provider, *[]asked) {
	var all []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		all = append(all, asked{r.Method + " " + r.URL.Path, r.Header.Get("Idempotency-Key"), form})
		w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	return &stripe.Provider{Keys: secret, URL: server.URL, Client: server.Client(), Now: time.Now}, &all
}

// A page takes cards only, authorises only, and says whose order it is to operator, bank and buyer.
func TestThePageIsAskedForAsItMustBe(t *testing.T) {
	p, all := recorded(t)
	o := anOrder(t)
	o.Event = "The Night Ferries · Saturday 19 June 2027, 20:45 · Harbour Hall"
	o.PayBy = time.Date(2026, 6, 1, 12, 15, 0, 0, time.UTC)
	o.CreatedAt = o.PayBy.Add(-15*time.Minute + 20*time.Second)
	if _, err := p.Open(t.Context(), checkout(o)); err != nil {
		t.Fatal(err)
	}
	got := (*all)[0]
	for name, want := range map[string]string{
		"payment_method_types[0]":                          "card",
		"payment_method_types[1]":                          "",
		"payment_intent_data[capture_method]":              "manual",
		"payment_intent_data[metadata][order]":             o.ID,
		"payment_intent_data[metadata][number]":            o.Number,
		"metadata[number]":                                 o.Number,
		"payment_intent_data[description]":                 "Order " + o.Number + ", main: A-1-1; Stalls, row 1, seat 2",
		"payment_intent_data[statement_descriptor_suffix]": o.Number,
		"payment_intent_data[receipt_email]":               "ada@example.com",
		"customer_email":                                   "ada@example.com",
		"client_reference_id":                              o.ID,
		"line_items[0][price_data][unit_amount]":           "5000",
		"line_items[1][price_data][unit_amount]":           "3000",

		"line_items[1][price_data][product_data][description]": o.Event,

		"custom_text[submit][message]": "Your seats are kept for 15 minutes from your order, until 12:15 UTC. " +
			"Please pay before then.",
	} {
		if got.form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.form.Get(name), want)
		}
	}
	if got.key != o.ID+"-open-0" {
		t.Errorf("the key is %q", got.key)
	}
}

// Each step has a key of its own, which changes with what the order has used up; a capture says how much.
func TestKeysAndAmountsOfTheSteps(t *testing.T) {
	p, all := recorded(t)
	o := anOrder(t)
	o.Session, o.Payment, o.State, o.UsedKeys, o.Tries = "cs_1", "pi_1", order.Paid, 2, 3
	o.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-2"}, Amount: 3000, RefundedTotal: 3000}}
	steps := []struct {
		do   func()
		want asked
	}{
		{func() { _, _ = p.Capture(t.Context(), o) }, asked{"POST /v1/payment_intents/pi_1/capture", o.ID + "-capture-2-3",
			url.Values{"amount_to_capture": {"8000"}}}},
		{func() { _, _ = p.Void(t.Context(), o) }, asked{"POST /v1/payment_intents/pi_1/cancel", o.ID + "-void-2-3", nil}},
		{
			func() { _, _ = p.Expire(t.Context(), o) },
			asked{"POST /v1/checkout/sessions/cs_1/expire", o.ID + "-expire-2-3", nil},
		},
		{func() { _, _ = p.Refund(t.Context(), o) }, asked{"POST /v1/refunds", o.ID + "-return-1-2",
			url.Values{"amount": {"3000"}, "metadata[return]": {"1"}, "payment_intent": {"pi_1"}}}},
		{func() { o.RefundAt = time.Now(); _, _ = p.Refund(t.Context(), o) },
			asked{"POST /v1/refunds", o.ID + "-refund-2-3", url.Values{"amount": {""}, "payment_intent": {"pi_1"}}}},
	}
	for _, s := range steps {
		*all = nil
		s.do()
		got := (*all)[0]
		if got.path != s.want.path || got.key != s.want.key {
			t.Errorf("%s with key %s, want %s with %s", got.path, got.key, s.want.path, s.want.key)
		}
		for name, want := range s.want.form {
			if got.form.Get(name) != strings.Join(want, "") {
				t.Errorf("%s: %s is %q, want %q", got.path, name, got.form.Get(name), want)
			}
		}
	}
}
