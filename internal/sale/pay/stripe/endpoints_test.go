package stripe_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/pay/stripe"
)

func TestEndpointsAndWhatTheyMiss(t *testing.T) {
	status := http.StatusOK
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/webhook_endpoints" || r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.WriteHeader(status)
		if status != http.StatusOK {
			_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"no right"}}`))
			return
		}
		_, _ = w.Write([]byte(`{"object":"list","has_more":false,"data":[
			{"object":"webhook_endpoint","url":"https://a.example/foyer/webhooks/stripe/","status":"enabled",
				"enabled_events":["*"],"api_version":"2025-10-29.clover"},
			{"object":"webhook_endpoint","url":"https://b.example","status":"disabled",
				"enabled_events":["checkout.session.completed","charge.failed"],"api_version":null}]}`))
	}))
	defer api.Close()
	p := &stripe.Provider{Keys: secret, URL: api.URL, Now: time.Now}
	all, err := p.Endpoints(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if e := all[0]; !e.Enabled || e.URL != "https://a.example/foyer/webhooks/stripe" || len(e.Missing()) != 0 ||
		e.Version != "2025-10-29.clover" {
		t.Errorf("%+v", e)
	}
	if e := all[1]; e.Enabled || e.Version != "" || len(e.Missing()) != len(stripe.Events)-1 ||
		slices.Contains(e.Missing(), "checkout.session.completed") {
		t.Errorf("%+v", e)
	}
	status = http.StatusForbidden
	if _, err := p.Endpoints(t.Context()); err == nil || problem.CodeOf(err) == problem.Internal && err.Error() == "" {
		t.Error(err)
	}
}
