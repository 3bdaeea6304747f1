package audit_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// bank is a provider that lists payments, two a page, and notes what it is asked.
type bank struct {
	mu     sync.Mutex
	listed []order.Payment
	now    map[string]order.Payment // by order: what it says of one alone
	err    error                    // in place of that
	spans  []audit.Span             // whose first page was listed
	asked  []string                 // orders
	sleeps []time.Duration
}

func (b *bank) List(_ context.Context, from, to time.Time, after string) (pay.Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if after == "" {
		b.spans = append(b.spans, audit.Span{From: from, To: to})
	}
	first, _ := strconv.Atoi(after)
	if end := first + 2; end < len(b.listed) {
		return pay.Page{Payments: b.listed[first:end], Next: strconv.Itoa(end)}, nil
	}
	return pay.Page{Payments: b.listed[first:]}, nil
}

func (b *bank) Get(_ context.Context, o order.Order) (order.Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, o.ID)
	p, found := b.now[o.ID]
	if !found && b.err == nil {
		return p, problem.New(problem.NotFound, "")
	}
	return p, b.err
}

func (b *bank) sleep(_ context.Context, d time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sleeps = append(b.sleeps, d)
	return nil
}

func (b *bank) books() *audit.Books { return &audit.Books{Pay: b, Sleep: b.sleep} }

// bought returns an order of a seat, whose checkout was opened so long after noon.
func bought(id string, state order.State, after time.Duration) order.Order {
	at := noon.Add(after)
	return order.Order{
		ID: id, Zone: "main", Session: "cs_" + id, State: state, CreatedAt: at, PayBy: at.Add(10 * time.Minute),
		Amount: 100, Currency: "eur", Lines: []order.Line{{Seat: id, Price: 100}},
	}
}

func payment(id string, state order.PaymentState) order.Payment {
	return order.Payment{Order: id, State: state, Amount: 100, Currency: "eur"}
}

func TestOnlyDoubtfulPaymentsAreAskedAboutAlone(t *testing.T) {
	b := &bank{
		listed: []order.Payment{
			payment("paid", order.PaymentCaptured), payment("foreign", order.PaymentCaptured),
			payment("moved", order.PaymentAuthorised),
		},
		now: map[string]order.Payment{
			"moved": payment("moved", order.PaymentCaptured), "late": payment("late", order.PaymentCancelled),
		},
	}
	unopened := bought("unopened", order.Cancelled, 0)
	unopened.Session = ""
	found, err := b.books().Payments(t.Context(), []order.Order{
		bought("paid", order.Paid, 0), bought("moved", order.Paid, 0), bought("late", order.Expired, 0),
		bought("unknown", order.Cancelled, 0), unopened,
	})
	want := map[string]order.Payment{
		"paid": payment("paid", order.PaymentCaptured), "moved": payment("moved", order.PaymentCaptured),
		"late": payment("late", order.PaymentCancelled),
	}
	same := func(a, b order.Payment) bool { return a.Order == b.Order && a.State == b.State }
	if err != nil || !maps.EqualFunc(found, want, same) {
		t.Errorf("found %v, %v", found, err)
	}
	slices.Sort(b.asked)
	if !slices.Equal(b.asked, []string{"late", "moved", "unknown"}) {
		t.Errorf("asked alone about %v", b.asked)
	}
}

func TestOrdersWithoutACheckoutAreNotAskedAbout(t *testing.T) {
	b, unopened := &bank{}, bought("unopened", order.Cancelled, 0)
	unopened.Session = ""
	found, err := b.books().Payments(t.Context(), []order.Order{unopened})
	if err != nil || len(found)+len(b.asked)+len(b.spans) > 0 {
		t.Errorf("%v, %v; asked about %v and %v", found, err, b.spans, b.asked)
	}
}

// The spans are listed side by side, and together they are the time in which checkouts were open.
func TestTheWholeTimeOfASaleIsListedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		apart time.Duration // between two orders
		spans int
	}{
		"orders come one by one": {time.Second, 3},
		"all come at once":       {0, 1},
	} {
		b := &bank{}
		var orders []order.Order
		for n := range 450 {
			o := bought(strconv.Itoa(n), order.Expired, time.Duration(n)*c.apart)
			if n == 7 {
				o.PayBy = noon.Add(time.Hour)
			}
			orders = append(orders, o)
		}
		if _, err := b.books().Payments(t.Context(), orders); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(b.spans, func(a, b audit.Span) int { return a.From.Compare(b.From) })
		next := noon
		for _, s := range b.spans {
			if !s.From.Equal(next) || !s.To.After(s.From) {
				t.Errorf("%s: a span is from %v to %v, after one to %v", name, s.From, s.To, next)
			}
			next = s.To
		}
		if len(b.spans) != c.spans || !next.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("%s: %d spans to %v", name, len(b.spans), next)
		}
	}
}

func TestReadingGoesOnOnlyWithTheSameZone(t *testing.T) {
	orders := []order.Order{bought("paid", order.Paid, 0)}
	for zone, spans := range map[string]int{"main": 0, "other": 1} {
		b := &bank{listed: []order.Payment{payment("paid", order.PaymentCaptured)}}
		books := b.books()
		books.Progress = &audit.Progress{
			Zone: zone, Spans: []audit.Span{{Done: true}},
			Found: map[string]order.Payment{"paid": payment("paid", order.PaymentCaptured)},
		}
		_, err := books.Payments(t.Context(), orders)
		if err != nil || len(b.spans) != spans || books.Progress.Zone != "main" {
			t.Errorf("%s: %v, %v, %+v", zone, err, b.spans, books.Progress)
		}
	}
}

func TestABusyProviderIsAskedAgainAndARefusalIsAnAnswer(t *testing.T) {
	busy := pay.Unavailable(errors.New("status 429"), 0)
	refused := problem.New(problem.Invalid, "")
	var pauses []time.Duration
	for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		pauses = append(pauses, seconds*time.Second)
	}
	for name, c := range map[string]struct {
		err    error
		asked  int
		pauses []time.Duration
	}{
		"busy": {busy, 8, pauses}, "refused": {refused, 1, nil},
	} {
		b := &bank{err: c.err, listed: []order.Payment{payment("other", order.PaymentCaptured)}}
		_, err := b.books().Payments(t.Context(), []order.Order{bought("late", order.Paid, 0)})
		paces := len(b.sleeps)
		b.sleeps = slices.DeleteFunc(b.sleeps, func(d time.Duration) bool { return d < time.Second })
		paces -= len(b.sleeps)
		if !errors.Is(err, c.err) || len(b.asked) != c.asked || !slices.Equal(b.sleeps, c.pauses) || paces != 1+c.asked {
			t.Errorf("%s: %v after %d calls, %d paces and pauses of %v", name, err, len(b.asked), paces, b.sleeps)
		}
	}
}

// hall has two sections, in each of which one of two seats is sold.
type hall struct{}

func (hall) Overview(context.Context, string) (venue.Overview, error) {
	return venue.Overview{Sections: []venue.Part{{ID: "A"}, {ID: "B"}}}, nil
}

func (hall) Snapshot(_ context.Context, _, section string) ([]seat.Seat, error) {
	return []seat.Seat{{ID: section + "-1"}, {ID: section + "-2", Order: "o" + section}}, nil
}

func TestOnlySoldSeatsAreTaken(t *testing.T) {
	taken, err := (&audit.Books{Maps: hall{}, Seats: hall{}}).Taken(t.Context(), "main")
	want := []ledger.Taken{{Seat: "A-2", Order: "oA"}, {Seat: "B-2", Order: "oB"}}
	if err != nil || len(taken) != 2 || !slices.Contains(taken, want[0]) || !slices.Contains(taken, want[1]) {
		t.Errorf("%v, %v", taken, err)
	}
}
