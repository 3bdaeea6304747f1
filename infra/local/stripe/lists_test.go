package stripe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	localstripe "foyer/infra/local/stripe"
	"foyer/internal/problem"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// shop is a sale of many orders at a provider, all by one clock.
type shop struct {
	mu       sync.Mutex
	now      time.Time
	calls    int
	trouble  func(call int) localstripe.Trouble
	provider *localstripe.Service
	stripe   *stripe.Provider
	orders   []order.Order
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// newShop sells n orders, ten a second.
func newShop(t *testing.T, n int) *shop {
	s := &shop{now: noon}
	s.provider = localstripe.New(localstripe.Options{Key: "sk_test_1", Now: s.clock, Trouble: s.meets})
	server := httptest.NewServer(s.provider)
	t.Cleanup(server.Close)
	s.stripe = &stripe.Provider{
		Keys: keeper(`{"key":"sk_test_1"}`), URL: server.URL, Client: server.Client(), Now: s.clock,
	}
	for i := range n {
		at := noon.Add(time.Duration(i) * 100 * time.Millisecond)
		o := order.Order{
			ID: fmt.Sprintf("%032x", i), Zone: "main", State: order.Paid, Method: order.Card, Amount: 5000, Currency: "eur",
			Lines:     []order.Line{{Seat: fmt.Sprint("A-", i), Price: 5000}},
			CreatedAt: at, PayBy: at.Add(15 * time.Minute), PaidAt: at,
		}
		o.Session = s.provider.Sold(o.ID, 5000, "eur", at)
		s.orders = append(s.orders, o)
	}
	s.now = noon.Add(24 * time.Hour)
	return s
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
	return ctx.Err()
}

func (s *shop) meets(string, string) (none localstripe.Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls++; s.trouble != nil {
		return s.trouble(s.calls)
	}
	return none
}

func (s *shop) All(context.Context, string) ([]order.Order, error) { return s.orders, nil }
func (s *shop) Overview(context.Context, string) (venue.Overview, error) {
	return venue.Overview{}, problem.New(problem.NotFound, "")
}
func (s *shop) Snapshot(context.Context, string, string) ([]seat.Seat, error) { return nil, nil }
func (s *shop) Entries(context.Context, string) ([]ledger.Entry, error)       { return nil, nil }

func (s *shop) books(p *audit.Progress) *audit.Books {
	return &audit.Books{Maps: s, Seats: s, Bought: s, Pay: s.stripe, Ledger: s, Sleep: s.sleep, Progress: p}
}

func TestListsComeInPages(t *testing.T) {
	s := newShop(t, 250)
	var seen []string
	var sizes []int
	after := ""
	for {
		page, err := s.stripe.List(t.Context(), noon, noon.Add(20*time.Second), after)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Payments))
		for _, p := range page.Payments {
			if p.State != order.PaymentCaptured || p.Amount != 5000 {
				t.Fatalf("%+v", p)
			}
			seen = append(seen, p.Order)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.Equal(sizes, []int{100, 100, 0}) && !slices.Equal(sizes, []int{100, 100}) {
		t.Errorf("pages of %v", sizes)
	}
	if len(seen) != 200 || seen[0] != s.orders[199].ID || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 200 {
		t.Errorf("%d orders, the first %s", len(seen), seen[0])
	}
}

// A whole sale is read within the limits of an account, and within two minutes by the provider's clock.
func TestAnAuditReads25000OrdersInTwoMinutes(t *testing.T) {
	s := newShop(t, 25_000)
	began := s.clock()
	found, err := s.books(nil).Payments(t.Context(), s.orders)
	if err != nil || len(found) != len(s.orders) {
		t.Fatalf("%d payments, %v", len(found), err)
	}
	t.Logf("%d orders in %v by the provider's clock, %d calls", len(found), s.clock().Sub(began), s.calls)
	if took := s.clock().Sub(began); took > 2*time.Minute || s.calls > 400 {
		t.Errorf("it took %v and %d calls", took, s.calls)
	}
}

// Busy and failing answers end no audit; one that can't go on is gone on with, and reads no page twice.
func TestAnAuditGoesOnWhereItStopped(t *testing.T) {
	s := newShop(t, 2_000)
	s.trouble = func(call int) (t localstripe.Trouble) {
		if call%3 == 0 {
			t.Status = 429
		}
		return t
	}
	if found, err := s.books(nil).Payments(t.Context(), s.orders); err != nil || len(found) != len(s.orders) {
		t.Fatalf("with every third answer busy: %d payments, %v", len(found), err)
	}
	s.calls = 0
	s.trouble = func(call int) (t localstripe.Trouble) {
		if call > 10 {
			t.Status = 500
		}
		return t
	}
	p := &audit.Progress{}
	if _, err := s.books(p).Payments(t.Context(), s.orders); err == nil {
		t.Fatal("it came to its end without the provider")
	}
	kept, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	p = &audit.Progress{}
	if err := json.Unmarshal(kept, p); err != nil {
		t.Fatal(err)
	}
	already := len(p.Found)
	s.trouble, s.calls = nil, 0
	found, err := s.books(p).Payments(t.Context(), s.orders)
	if err != nil || len(found) != len(s.orders) || already == 0 || s.calls*100 > 100*30 {
		t.Errorf("%d payments, %d of them before, %d calls, %v", len(found), already, s.calls, err)
	}
}
