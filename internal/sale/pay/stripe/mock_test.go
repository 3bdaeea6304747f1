package stripe_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/testkit/skip"
)

// vault holds one secret.
type vault string

func (v vault) Value(context.Context, bool) (string, error) { return string(v), nil }

const secret = vault(`{"key":"sk_test_123","webhooks":["whsec_new","","whsec_old"]}`)

func anOrder(t *testing.T) order.Order {
	t.Helper()
	now := time.Now()
	o, err := order.New(order.Draft{
		ID: "00112233445566778899aabbccddeeff", Zone: "main", Buyer: queue.VisitorID{1}, Email: "ada@example.com",
		Name: "Ada",
		Lines: []order.Line{
			{Seat: "A-1-1", Price: 5000},
			{Seat: "A-1-2", Label: seat.Label{Section: "Stalls", Row: "1", Seat: "2"}, Price: 3000},
		}, Currency: "eur",
		Limit: 4, Site: "https://tickets.example.com", PayBy: now.Add(10 * time.Minute),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func checkout(o order.Order) pay.Checkout {
	return pay.Checkout{Order: o, Return: o.Site + "/foyer/site/order/#x", Back: o.Site + "/foyer/site/order/?back=1#x"}
}

// mock starts stripe-mock, which holds every request to Stripe's own OpenAPI description and answers with fixtures.
func mock(t *testing.T) *stripe.Provider {
	t.Helper()
	skip.Need(t, "stripe-mock", "go install github.com/stripe/stripe-mock@latest, with $(go env GOPATH)/bin on PATH")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.CommandContext(t.Context(), "stripe-mock", "-http-addr", "127.0.0.1:"+port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("stripe-mock does not come up")
		}
	}
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	return &stripe.Provider{Keys: secret, URL: "http://" + address, Client: client, Now: time.Now}
}

func TestEveryRequestIsOneThatStripeDescribes(t *testing.T) {
	p, ctx := mock(t), t.Context()
	o := anOrder(t)
	s, err := p.Open(ctx, checkout(o))
	if err != nil || s.ID == "" {
		t.Fatalf("open: %+v %v", s, err)
	}
	o.Session, o.Payment = s.ID, "pi_123"
	for name, call := range map[string]func(context.Context, order.Order) (order.Payment, error){
		"get": p.Get, "capture": p.Capture, "void": p.Void, "expire": p.Expire, "refund": p.Refund,
	} {
		if got, err := call(ctx, o); err != nil || got.Currency == "" && got.ID == "" && got.Session == "" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestRefundsOfSeatsAndDisputesAreAskedAsStripeDescribes(t *testing.T) {
	p, ctx := mock(t), t.Context()
	o := anOrder(t)
	o.Session, o.Payment, o.State = "cs_123", "pi_123", order.Paid
	asked, _, err := order.Step(o, order.Event{Kind: order.RefundSeats, Seats: []string{o.Lines[0].Seat}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Refund(ctx, asked); err != nil {
		t.Errorf("a seat's refund: %v", err)
	}
	if _, err := p.Owner(ctx, "pi_123"); err != nil {
		t.Errorf("whose payment it is: %v", err)
	}
	if _, err := p.Disputes(ctx, "pi_123"); err != nil {
		t.Errorf("disputes: %v", err)
	}
}

// The mock can refuse: it does so for a parameter that Stripe doesn't describe, and for a wrong key.
func TestTheMockRefusesWhatStripeDoesNotDescribe(t *testing.T) {
	p := mock(t)
	r, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodPost,
		p.URL+"/v1/checkout/sessions",
		strings.NewReader("mode=payment&capture=manual"),
	)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_123")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out, err := p.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	out.Body.Close()
	if out.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", out.StatusCode)
	}
	wrong := &stripe.Provider{Keys: vault(`{"key":"nonsense"}`), URL: p.URL, Client: p.Client, Now: time.Now}
	if _, err := wrong.Open(t.Context(), checkout(anOrder(t))); problem.CodeOf(err) != problem.Provider {
		t.Errorf("with a wrong key: %v", err)
	}
}

func TestASecretThatCannotBeReadIsNeverQuoted(t *testing.T) {
	for _, text := range []string{"sk_live_secret", `{"key":""}`, `["sk_live_secret"]`} {
		p := &stripe.Provider{Keys: vault(text), Now: time.Now}
		if _, err := p.Open(t.Context(), checkout(anOrder(t))); err == nil || len(fmt.Sprint(err)) == 0 ||
			containsSecret(err) {
			t.Errorf("%v", err)
		}
	}
}
