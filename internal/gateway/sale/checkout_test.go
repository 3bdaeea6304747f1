package sale

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/feed"
	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/testkit/gatewaytest"
)

// ordered makes the events' order.
func (s *stage) ordered() ordered {
	s.Helper()
	var got ordered
	if out := s.do("seats-choose", ""); out.StatusCode != http.StatusOK {
		s.Fatal(out.Body)
	}
	out := s.do("checkout-order", "")
	if err := json.Unmarshal([]byte(out.Body), &got); err != nil || out.StatusCode != http.StatusOK {
		s.Fatalf("%d %s", out.StatusCode, out.Body)
	}
	return got
}

// shows reads the events' order.
func (s *stage) shows(event string) shown {
	s.Helper()
	var got shown
	out := s.do(event, "")
	if err := json.Unmarshal([]byte(out.Body), &got); err != nil || out.StatusCode != http.StatusOK {
		s.Fatalf("%d %s", out.StatusCode, out.Body)
	}
	return got
}

func TestAnOrderFromChoosingToTicket(t *testing.T) {
	s := newStage(t)
	got := s.ordered()
	if got.CheckoutURL == "" || got.Deadline != s.Now.Add(15*time.Minute).UnixMilli() ||
		s.cash.asked[0] != "open https://tickets.example.com/foyer/site/order/index.html" {
		t.Errorf("%+v, asked %q", got, s.cash.asked)
	}
	if again := s.ordered(); again != got {
		t.Errorf("again: %+v", again)
	}
	if o := s.shows("checkout-read"); o.State != order.Pending || o.CheckoutURL != got.CheckoutURL ||
		len(o.Tickets) != 0 ||
		o.Currency != "EUR" {
		t.Errorf("%+v", o)
	}
	s.cash.money = order.PaymentAuthorised
	if out := s.do("webhook-completed", ""); out.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", out.StatusCode, out.Body)
	}
	o := s.shows("checkout-read")
	if o.State != order.Paid || o.CheckoutURL != "" || len(o.Tickets) != len(o.Seats) || len(o.Seats) == 0 {
		t.Errorf("%+v", o)
	}
	if out := s.do("checkout-cancel", ""); out.StatusCode != http.StatusConflict {
		t.Errorf("cancelled after it was paid: %d", out.StatusCode)
	}
	if o := s.shows("checkout-mail"); o.Email != "ada.lovelace@example.com" || o.MailsLeft != 4 {
		t.Errorf("the tickets go to %s, and may be sent %d times more", o.Email, o.MailsLeft)
	}
	out := s.do("checkout-mail", "")
	if out.StatusCode != http.StatusTooManyRequests || out.Headers["retry-after"] != "120" {
		t.Errorf("sent twice in a moment: %d, %v", out.StatusCode, out.Headers)
	}
	if text := s.Logs.String(); strings.Contains(text, "ada@") || strings.Contains(text, "Lovelace") ||
		strings.Contains(text, got.Secret) {
		t.Errorf("the log knows the buyer: %s", text)
	}
}

func TestAnOrderGivenUp(t *testing.T) {
	s := newStage(t)
	s.ordered()
	for range 2 {
		if o := s.shows("checkout-cancel"); o.State != order.Cancelled || o.Reason != order.ByBuyer {
			t.Errorf("%+v", o)
		}
	}
	if out := s.do("seats-held", ""); !strings.Contains(out.Body, `"seats":[]`) {
		t.Errorf("still held: %s", out.Body)
	}
}

func TestRefusedOrders(t *testing.T) {
	for _, c := range []struct {
		name, event, patch string
		status             int
		code               problem.Code
	}{
		{"no seats", "checkout-order", "", 409, problem.NoSeats},
		{"no key", "checkout-order", `{"headers":{"idempotency-key":null}}`, 400, problem.Invalid},
		{"a short key", "checkout-order", `{"headers":{"idempotency-key":"1"}}`, 400, problem.Invalid},
		{"no address", "checkout-order", `{"body":"{\"email\":\"ada\",\"name\":\"Ada\"}"}`, 400, problem.Invalid},
		{
			"two addresses", "checkout-order",
			`{"body":"{\"email\":\"ada@example.com,eve@example.com\",\"name\":\"Ada\"}"}`, 400, problem.Invalid,
		},
		{"no name", "checkout-order", `{"body":"{\"email\":\"ada@example.com\",\"name\":\" \"}"}`, 400, problem.Invalid},
		{
			"more than is wanted", "checkout-order",
			`{"body":"{\"email\":\"ada@example.com\",\"name\":\"Ada\",\"price\":1}"}`, 400, problem.Invalid,
		},
		{
			"from elsewhere", "checkout-order",
			`{"headers":{"origin":"https://evil.example.com","sec-fetch-site":null}}`, 403, problem.Forbidden,
		},
		{"not inside", "checkout-order", `{"cookies":[]}`, 401, problem.Unauthorized},
		{"not made", "checkout-read", "", 404, problem.NotFound},
		{"no order", "checkout-read", `{"rawPath":"/foyer/orders/x"}`, 404, problem.NotFound},
		{"no secret", "checkout-read", `{"headers":{"x-foyer-order-secret":null}}`, 404, problem.NotFound},
		{"a route that isn't", "checkout-read", `{"rawPath":"/foyer/orders/x/refund"}`, 404, problem.NotFound},
		{"not through the door", "checkout-read", `{"headers":{"x-foyer-front-door":"x"}}`, 403, problem.Forbidden},
		{
			"a webhook badly signed", "webhook-completed",
			`{"headers":{"stripe-signature":"t=1735689600,v1=00"}}`, 403, problem.Forbidden,
		},
		{"a webhook unsigned", "webhook-completed", `{"headers":{"stripe-signature":null}}`, 403, problem.Forbidden},
		{"a webhook changed", "webhook-completed", `{"body":"{}"}`, 403, problem.Forbidden},
		{
			"a webhook too large", "webhook-completed",
			`{"body":"` + strings.Repeat("x", 300_000) + `"}`, 413, problem.TooLarge,
		},
		{"another provider", "webhook-completed", `{"rawPath":"/foyer/webhooks/other"}`, 404, problem.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			out := s.do(c.event, c.patch)
			var doc problem.Document
			_ = json.Unmarshal([]byte(out.Body), &doc)
			if out.StatusCode != c.status || doc.Code != c.code {
				t.Errorf("%d %s, want %d %s", out.StatusCode, out.Body, c.status, c.code)
			}
			if len(s.cloud.Orders().All()) != 0 {
				t.Error("an order was made")
			}
		})
	}
}

func TestAKeyIsForOneRequest(t *testing.T) {
	s := newStage(t)
	s.ordered()
	out := s.do("checkout-order", `{"body":"{\"email\":\"eve@example.com\",\"name\":\"Ada Lovelace\"}"}`)
	if out.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(out.Body, `"reused"`) {
		t.Errorf("%d %s", out.StatusCode, out.Body)
	}
	out = s.do("checkout-read", `{"headers":{"x-foyer-order-secret":"00000000000000000000000000000000"}}`)
	if out.StatusCode != http.StatusNotFound {
		t.Errorf("with a wrong secret: %d %s", out.StatusCode, out.Body)
	}
}

func TestWhileTheProviderIsDownTheBuyerReadsUntilWhenTheSeatsAreKept(t *testing.T) {
	s := newStage(t)
	c := s.cash
	c.down = true
	s.do("seats-choose", "")
	out := s.do("checkout-order", "")
	var doc problem.Document
	if err := json.Unmarshal([]byte(out.Body), &doc); err != nil || out.StatusCode != 503 ||
		doc.Code != problem.Provider ||
		doc.HeldUntil != s.Now.Add(15*time.Minute).UnixMilli() ||
		out.Headers["retry-after"] == "" {
		t.Fatalf("%d %s", out.StatusCode, out.Body)
	}
	if strings.Contains(out.Body, "database") {
		t.Errorf("internals: %s", out.Body)
	}
	c.down = false
	if got := s.ordered(); got.CheckoutURL == "" {
		t.Errorf("%+v", got)
	}
	c.down, c.money = true, order.PaymentAuthorised
	if out := s.do("webhook-completed", ""); out.StatusCode != 429 { // no failure of ours; it comes again
		t.Errorf("a webhook while the provider can't be asked: %d, it must come again", out.StatusCode)
	}
}

func TestPaymentJobsAndSweeps(t *testing.T) {
	s := newStage(t)
	got := s.ordered()
	c := s.cash
	c.money = order.PaymentAuthorised
	jobs := &Payments{Log: s.Gateway.Log, Orders: s.orders, Order: func(raw json.RawMessage) (o order.Order, err error) {
		o.ID = got.Order
		if !json.Valid(raw) || string(raw) == "{}" {
			return o, errDown
		}
		return o, nil
	}}
	batch := feed.JobEvent{Records: []events.SQSMessage{
		{
			MessageId: "1",
			Body:      `{"dynamodb":{"NewImage":{"id":{"S":"x"}}}}`,
		}, {MessageId: "2", Body: "nonsense"}, {MessageId: "3", Body: `{"dynamodb":{"NewImage":{}}}`},
	}}
	out, err := jobs.Handle(t.Context(), batch)
	if err != nil || len(out.BatchItemFailures) != 2 || out.BatchItemFailures[0].ItemIdentifier != "2" ||
		out.BatchItemFailures[1].ItemIdentifier != "3" {
		t.Errorf("%+v %v", out, err)
	}
	if o := s.shows("checkout-read"); o.State != order.Paid {
		t.Errorf("after the job: %s", o.State)
	}

	s = newStage(t)
	deadline := time.UnixMilli(s.ordered().Deadline)
	c = s.cash
	var told bytes.Buffer
	sweep := &Sweep{
		Log: s.Gateway.Log, Zones: s.cloud.Zones(), Orders: s.orders,
		Metrics: &metrics.Recorder{Out: &told, Now: func() time.Time { return s.Now }},
	}
	raw := gatewaytest.Read[json.RawMessage](t, "sweep-schedule")
	s.Now = s.Now.Add(15*time.Minute + 30*time.Second)
	c.down = true
	if err := sweep.Handle(t.Context(), raw); err == nil {
		t.Error("a failed sweep is told")
	}
	late := int((s.Now.Sub(deadline)).Seconds())
	for _, want := range []string{fmt.Sprintf(`"SweepLag":%d`, late), `"OrdersAuthorisedNotCaptured":0`} {
		if late <= 0 || !strings.Contains(told.String(), want) {
			t.Errorf("%s is not in %s", want, told.String())
		}
	}
	c.down = false
	s.Now = s.Now.Add(time.Minute)
	if err := sweep.Handle(t.Context(), raw); err != nil {
		t.Error(err)
	}
	if o := s.shows("checkout-read"); o.State != order.Expired {
		t.Errorf("after the sweep: %s", o.State)
	}
}
