package stripe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	localstripe "foyer/infra/local/stripe"
	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
)

const payOrder = "00112233445566778899aabbccddeeff"

// keeper holds the provider's secret.
type keeper string

func (k keeper) Value(context.Context, bool) (string, error) { return string(k), nil }

// till is the local provider, the adapter that is deployed, and a shop that hears webhooks.
type till struct {
	*testing.T
	provider *localstripe.Service
	stripe   *stripe.Provider
	order    order.Order

	mu      sync.Mutex
	notices []string // orders that webhooks were about; "bad" for those that prove nothing
	answer  []int    // statuses to answer webhooks with, in turn; then 200
}

func newTill(t *testing.T, o localstripe.Options) *till {
	c := &till{T: t}
	shop := httptest.NewServer(http.HandlerFunc(c.hear))
	server := httptest.NewUnstartedServer(nil)
	o.Key, o.WebhookSecret, o.WebhookURL, o.Base = "sk_test_1", "whsec_1", shop.URL, "http://"+server.Listener.Addr().
		String()
	o.Retry = time.Millisecond
	c.provider = localstripe.New(o)
	server.Config.Handler = c.provider
	server.Start()
	t.Cleanup(shop.Close)
	t.Cleanup(c.provider.Close)
	t.Cleanup(server.Close)
	c.stripe = &stripe.Provider{
		Keys:   keeper(`{"key":"sk_test_1","webhooks":["whsec_0","whsec_1"]}`),
		URL:    server.URL,
		Client: server.Client(),
		Now:    time.Now,
	}
	var err error
	c.order, err = order.New(order.Draft{
		ID: payOrder, Zone: "main", Buyer: queue.VisitorID{1}, Email: "ada@example.com", Name: "Ada", Currency: "eur",
		Limit: 4,
		Lines: []order.Line{{Seat: "A-1-1", Price: 5000}, {Seat: "A-1-2", Price: 3000}}, Site: "https://tickets.example.com",
		PayBy: time.Now().Add(10 * time.Minute),
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *till) hear(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n, err := c.stripe.Notice(r.Context(), r.Header.Get("Stripe-Signature"), body)
	c.mu.Lock()
	defer c.mu.Unlock()
	status := http.StatusOK
	switch {
	case len(c.answer) > 0:
		status, c.answer = c.answer[0], c.answer[1:]
	case err != nil:
		status = http.StatusBadRequest
		c.notices = append(c.notices, "bad")
	default:
		c.notices = append(c.notices, n.Order)
	}
	w.WriteHeader(status)
}

// open opens the checkout.
func (c *till) open() pay.Session {
	c.Helper()
	s, err := c.stripe.Open(
		c.Context(),
		pay.Checkout{Order: c.order, Return: c.order.Site + "/paid", Back: c.order.Site + "/back"},
	)
	if err != nil {
		c.Fatal(err)
	}
	c.order.Session, c.order.URL = s.ID, s.URL
	return s
}

// stands checks how the money stands.
func (c *till) stands(want order.PaymentState) {
	c.Helper()
	got, err := c.stripe.Get(c.Context(), c.order)
	if err != nil || got.State != want || got.Order != payOrder || got.Amount != 8000 || got.Currency != "eur" ||
		got.Session != c.order.Session {
		c.Errorf("%+v %v, want %s", got, err, want)
	}
	c.order.Payment = got.ID
}

func (c *till) does(want order.PaymentState, call func(context.Context, order.Order) (order.Payment, error)) {
	c.Helper()
	got, err := call(c.Context(), c.order)
	if err != nil || got.State != want || got.Order != payOrder {
		c.Errorf("%+v %v, want %s", got, err, want)
	}
}

func (c *till) refuses(call func(context.Context, order.Order) (order.Payment, error)) {
	c.Helper()
	var refused *pay.RefusedError
	c.order.Tries++ // another idempotency key
	if got, err := call(c.Context(), c.order); !errors.As(err, &refused) {
		c.Errorf("%+v %v", got, err)
	}
}

func (c *till) pays(outcome localstripe.Outcome, webhook localstripe.Webhook) string {
	c.Helper()
	next, err := c.provider.Pay(c.order.Session, outcome, webhook)
	if err != nil {
		c.Fatal(err)
	}
	return next
}

// heard waits for n webhooks.
func (c *till) heard(n int) []string {
	c.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		got := append([]string(nil), c.notices...)
		c.mu.Unlock()
		if len(got) >= n || time.Since(began) > time.Minute {
			return got
		}
	}
}

func TestTheProviderTakesAPaymentOnce(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	first := c.open()
	c.order.Tries++ // however often it is tried
	if again := c.open(); again != first {
		t.Errorf("a second checkout %v beside %v", again, first)
	}
	c.stands(order.PaymentUnpaid)
	if next := c.pays(localstripe.Approve, localstripe.WebhookNow); next != "https://tickets.example.com/paid" {
		t.Errorf("sent on to %q", next)
	}
	c.stands(order.PaymentAuthorised)
	c.refuses(c.stripe.Expire)
	c.refuses(c.stripe.Refund)
	c.does(order.PaymentCaptured, c.stripe.Capture)
	c.does(order.PaymentCaptured, c.stripe.Capture) // the same key
	c.refuses(c.stripe.Capture)
	c.refuses(c.stripe.Void)
	c.stands(order.PaymentCaptured)
	c.does(order.PaymentRefunded, c.stripe.Refund)
	c.refuses(c.stripe.Refund)
	c.stands(order.PaymentRefunded)
	if n := c.provider.Calls("capture", payOrder); n != 2 || len(c.provider.Money(payOrder)) != 1 {
		t.Errorf("%d captures, money %v", n, c.provider.Money(payOrder))
	}
}

func TestTheProviderEndsAPage(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	c.open()
	c.does(order.PaymentCancelled, c.stripe.Expire)
	c.refuses(c.stripe.Expire)
	c.stands(order.PaymentCancelled)
	if _, err := c.provider.Pay(c.order.Session, localstripe.Approve, localstripe.WebhookNow); !errors.Is(err,
		localstripe.ErrNotOpen) {
		t.Errorf("paid on a page that ended: %v", err)
	}
	c = newTill(t, localstripe.Options{})
	c.open()
	c.pays(localstripe.Approve, localstripe.WebhookNever)
	c.stands(order.PaymentAuthorised)
	c.does(order.PaymentCancelled, c.stripe.Void)
	c.stands(order.PaymentCancelled)
}

func TestOneKeyWithOtherParametersIsNoRefusal(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	c.open()
	c.order.Lines[0].Price++
	_, err := c.stripe.Open(t.Context(), pay.Checkout{Order: c.order, Return: c.order.Site, Back: c.order.Site})
	if problem.CodeOf(err) != problem.Provider {
		t.Errorf("%v: a page exists, so it must not look as if none did", err)
	}
}

func TestTheKnobsOfThePage(t *testing.T) {
	for _, k := range []struct {
		webhook localstripe.Webhook
		want    int
		first   string
	}{
		{localstripe.WebhookNow, 2, payOrder}, {localstripe.WebhookTwice, 4, payOrder}, {localstripe.WebhookLate, 2,
			payOrder},
		{localstripe.WebhookNever, 0, ""}, {localstripe.WebhookBad, 2, "bad"},
	} {
		t.Run(string(k.webhook), func(t *testing.T) {
			c := newTill(t, localstripe.Options{LateBy: 50 * time.Millisecond})
			c.open()
			began := time.Now()
			c.pays(localstripe.Approve, k.webhook)
			if k.want == 0 {
				time.Sleep(100 * time.Millisecond)
			}
			got := c.heard(k.want)
			if len(got) != k.want || k.want > 0 && got[0] != k.first {
				t.Errorf("heard %v", got)
			}
			if late := time.Since(began) >= 50*time.Millisecond; k.webhook == localstripe.WebhookLate && !late {
				t.Error("not late")
			}
		})
	}
}

func TestAWebhookThatFailsComesAgain(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	c.answer = []int{500, 503}
	c.open()
	c.pays(localstripe.Approve, localstripe.WebhookNow)
	if got := c.heard(2); len(got) != 2 {
		t.Errorf("heard %v", got)
	}
}

func TestThePageInABrowser(t *testing.T) {
	c := newTill(t, localstripe.Options{Slow: 20 * time.Millisecond})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	press := func(outcome localstripe.Outcome) (int, string, string) {
		t.Helper()
		out, err := client.PostForm(c.order.URL, url.Values{"outcome": {string(outcome)}, "webhook": {"never"}})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		body, _ := io.ReadAll(out.Body)
		return out.StatusCode, out.Header.Get("Location"), string(body)
	}
	c.open()
	out, err := client.Get(c.order.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(out.Body)
	out.Body.Close()
	for _, want := range []string{"80.00 eur", "A-1-1", "ada@example.com", "/back", "Badly signed", "Decline"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if status, _, text := press(localstripe.Decline); status != http.StatusOK || !strings.Contains(text, "declined") {
		t.Errorf("declined: %d", status)
	}
	c.stands(order.PaymentUnpaid)
	if status, next, _ := press(localstripe.Slow); status != http.StatusSeeOther ||
		next != "https://tickets.example.com/paid" {
		t.Errorf("approved: %d %q", status, next)
	}
	c.stands(order.PaymentAuthorised)
	if status, _, text := press(localstripe.Approve); status != http.StatusGone || !strings.Contains(text,
		"not open any more") {
		t.Errorf("pressed again: %d", status)
	}
	other := newTill(t, localstripe.Options{Slow: time.Millisecond})
	c = other
	c.open()
	if status, _, _ := press(localstripe.TimeOut); status != http.StatusGatewayTimeout {
		t.Errorf("timed out: %d", status)
	}
	c.stands(order.PaymentAuthorised)
}

// The adapter behind its guard makes the best of an API that fails, is slow or breaks off.
func TestTroubleAtTheAPI(t *testing.T) {
	var mu sync.Mutex
	trouble := []localstripe.Trouble{{Status: 500}, {Lost: true}, {}}
	c := newTill(t, localstripe.Options{Trouble: func(string, string) (next localstripe.Trouble) {
		mu.Lock()
		defer mu.Unlock()
		if len(trouble) > 0 {
			next, trouble = trouble[0], trouble[1:]
		}
		return next
	}})
	guard := pay.NewGuard(c.stripe, func(context.Context, time.Duration) error { return nil }, nil)
	open := func() (pay.Session, error) {
		return guard.Open(t.Context(), pay.Checkout{Order: c.order, Return: c.order.Site, Back: c.order.Site})
	}
	if _, err := open(); !errors.Is(err, pay.ErrReplayed) || len(trouble) != 2 {
		t.Fatalf("a 500, and its repetition: %v, %d troubles left", err, len(trouble))
	}
	c.order.UsedKeys++
	s, err := open()
	if err != nil || c.provider.Calls("open", payOrder) != 1 {
		t.Fatalf("%v %v, opened %d times", s, err, c.provider.Calls("open", payOrder))
	}
	c.order.Session = s.ID
	c.pays(localstripe.Approve, localstripe.WebhookNever)
	c.stands(order.PaymentAuthorised)
	mu.Lock()
	trouble = []localstripe.Trouble{{Lost: true}}
	mu.Unlock()
	if got, err := guard.Capture(t.Context(), c.order); err != nil || got.State != order.PaymentCaptured ||
		c.provider.Calls("capture", payOrder) != 1 {
		t.Errorf("%+v %v, captured %d times", got, err, c.provider.Calls("capture", payOrder))
	}
}

// Stripe repeats a 500 for a day, and no longer; what is refused because of a parameter it doesn't keep.
func TestAnIdempotencyKeyLivesForADay(t *testing.T) {
	now := time.Now()
	first := true
	c := newTill(t, localstripe.Options{
		Now: func() time.Time { return now },
		Trouble: func(string, string) (none localstripe.Trouble) {
			if first {
				first = false
				return localstripe.Trouble{Status: http.StatusInternalServerError}
			}
			return none
		},
	})
	c.order.PayBy = now.Add(20 * time.Hour)
	checkout := pay.Checkout{Order: c.order, Return: c.order.Site, Back: c.order.Site}
	for _, step := range []struct {
		after time.Duration
		is    error
	}{{0, pay.ErrAnswered}, {0, pay.ErrReplayed}, {localstripe.KeyLife - time.Second, pay.ErrReplayed}} {
		now = now.Add(step.after)
		if _, err := c.stripe.Open(t.Context(), checkout); !errors.Is(err, step.is) {
			t.Errorf("after %v: %v", step.after, err)
		}
	}
	now = now.Add(time.Second)
	var refused *pay.RefusedError
	if _, err := c.stripe.Open(t.Context(), checkout); !errors.As(err, &refused) { // the page would end in the past
		t.Errorf("after a day the key is new: %v", err)
	}
}

func TestWhatIsOverTheLimitsIsAnswered429(t *testing.T) {
	now := time.Now()
	c := newTill(t, localstripe.Options{Now: func() time.Time { return now }})
	c.open()
	busy := 0
	for range localstripe.Live.Endpoint + 5 {
		if _, err := c.stripe.Get(t.Context(), c.order); errors.Is(err, pay.ErrBusy) {
			busy++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if busy != 5 {
		t.Errorf("%d of %d calls in a second were too many", busy, localstripe.Live.Endpoint+5)
	}
	now = now.Add(time.Second)
	c.stands(order.PaymentUnpaid)
}

func TestWhatStripeRefusesIsNamed(t *testing.T) {
	for _, r := range []struct {
		name        string
		change      func(*order.Order)
		code, param string
	}{
		{"an address of numbers", func(o *order.Order) { o.Email = "ada@1.2.3.4" }, "email_invalid", "customer_email"},
		{
			"a domain that ends in digits", func(o *order.Order) { o.Email = "ada@example.123" },
			"email_invalid", "customer_email",
		},
		{"too little", func(o *order.Order) { o.Lines = []order.Line{{Seat: "A", Price: 49}} }, "amount_too_small", ""},
		{
			"too much", func(o *order.Order) { o.Lines = []order.Line{{Seat: "A", Price: 100_000_000}} },
			"amount_too_large", "",
		},
		{
			"a thousandth", func(o *order.Order) { o.Currency, o.Lines = "kwd", []order.Line{{Seat: "A", Price: 1234}} },
			"parameter_invalid_integer", "line_items[0][price_data][unit_amount]",
		},
	} {
		c := newTill(t, localstripe.Options{})
		r.change(&c.order)
		_, err := c.stripe.Open(t.Context(), pay.Checkout{Order: c.order, Return: c.order.Site, Back: c.order.Site})
		var refused *pay.RefusedError
		if !errors.As(err, &refused) || refused.Code != r.code || refused.Param != r.param {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// A session with nothing to pay is completed without a card; it has no payment, and can't be expired any more.
func TestASessionWithNothingToPay(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	for i := range c.order.Lines {
		c.order.Lines[i].Price = 0
	}
	c.open()
	c.pays(localstripe.Approve, localstripe.WebhookNow)
	if got := c.now(); got.State != order.PaymentFree || got.ID != "" || got.Amount != 0 {
		t.Errorf("%+v", got)
	}
	c.refuses(c.stripe.Expire)
	if got := c.heard(1); len(got) != 1 || got[0] != payOrder {
		t.Errorf("heard %v", got)
	}
}

func TestAPartOfThePaymentIsCapturedAtTheDesk(t *testing.T) {
	c := newTill(t, localstripe.Options{})
	c.open()
	c.pays(localstripe.Approve, localstripe.WebhookNever)
	if err := c.provider.CaptureByHand(payOrder, 5000); err != nil {
		t.Fatal(err)
	}
	if got := c.now(); got.State != order.PaymentCaptured || got.Amount != 5000 {
		t.Errorf("%+v: what was charged counts", got)
	}
}
