package checkout

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
)

var insideNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// shelf is a store of one order.
type shelf struct {
	order.Store
	o         order.Order
	conflicts int // so many of the next writes come second to somebody else's
}

func (s *shelf) Get(context.Context, string) (order.Order, error) { return s.o, nil }

func (s *shelf) Save(_ context.Context, _, after order.Order) error {
	if s.conflicts > 0 {
		s.conflicts--
		return problem.New(problem.Conflict, "")
	}
	s.o = after
	return nil
}

// till is a provider that answers as it is told to.
type till struct {
	pay.Provider
	open, capture, get error
	money              order.Payment
	opens, gets        int
}

func (p *till) Open(context.Context, pay.Checkout) (pay.Session, error) {
	p.opens++
	return pay.Session{}, p.open
}

func (p *till) Get(context.Context, order.Order) (order.Payment, error) {
	p.gets++
	return p.money, p.get
}

func (p *till) Capture(context.Context, order.Order) (order.Payment, error) {
	return order.Payment{}, p.capture
}

// empty is a store of seats in which nobody holds any.
type empty struct{ seat.Store }

func (empty) Hold(context.Context, string, string) (seat.Hold, error) { return seat.Hold{}, nil }

func insideDriver(o order.Order, p *till) (*Opener, *shelf) {
	s := &shelf{o: o}
	key := func(context.Context) (order.LinkKey, error) { return order.LinkKey{}, nil }
	return &Opener{
		Driver: Driver{Seats: empty{}, Orders: s, Pay: p, Now: func() time.Time { return insideNow }}, Key: key,
	}, s
}

func pending() order.Order {
	return order.Order{
		ID: "00112233445566778899aabbccddeeff", Version: 1, State: order.Pending, Zone: "main", Buyer: queue.VisitorID{1},
		Amount: 1000, Currency: "eur", CreatedAt: insideNow.Add(-time.Hour), PayBy: insideNow.Add(time.Hour),
		Due: insideNow.Add(time.Hour), Lines: []order.Line{{Seat: "A-1-1", Price: 1000}}, Limit: 4,
	}
}

func TestIdempotencyKeys(t *testing.T) {
	for key, ok := range map[string]bool{
		strings.Repeat("a", 15): false, strings.Repeat("a", 16): true, strings.Repeat("~", 255): true,
		strings.Repeat("a", 256): false, "a key with spaces": false, "a-key-with\x7fdelete": false,
		"ein-schlüssel-ohne-ascii": false,
	} {
		if isKey(key) != ok {
			t.Errorf("%q: %v", key, !ok)
		}
	}
}

// Only a provider that could not be asked is away: one that refused was asked, and what else failed says nothing of it.
func TestWhoIsAway(t *testing.T) {
	refused := &pay.RefusedError{Code: "no"}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{pay.Unavailable(errors.New("503"), time.Second), true}, {refused, false},
		{problem.Wrap(problem.Provider, refused, ""), false}, {problem.New(problem.Conflict, ""), false}, {nil, false},
	} {
		if got := away(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// What is no order's id is looked up nowhere.
func TestWhatIsNoIDIsNotLookedUp(t *testing.T) {
	s := &Starter{}
	if _, err := s.opened(t.Context(), "../orders", "secret"); problem.CodeOf(err) != problem.NotFound {
		t.Error(err)
	}
}

// asks counts how often the lease of a look is asked for.
type asks struct {
	once.Store
	n int
}

func (a *asks) Begin(context.Context, string, string, time.Time, time.Time) error {
	a.n++
	return nil
}

func TestOneProcessAsksAboutAnOrderOnceInAWhile(t *testing.T) {
	now, a := insideNow, &asks{}
	s := &Starter{Looks: a, Owner: func() string { return "me" }}
	s.Now = func() time.Time { return now }
	if !s.mayAsk(t.Context(), "o1") || s.mayAsk(t.Context(), "o1") || a.n != 1 {
		t.Errorf("the lease was asked for %d times within an instant", a.n)
	}
	now = now.Add(askEvery)
	if !s.mayAsk(t.Context(), "o1") || a.n != 2 {
		t.Errorf("the lease was asked for %d times a while later", a.n)
	}
}

// What follows a refusal is what the provider then says, and no step follows where it says nothing new.
func TestAfterARefusalTheProviderIsAsked(t *testing.T) {
	money := order.Payment{Order: "o1", State: order.PaymentAuthorised, Amount: 1000, Currency: "eur"}
	captured := money
	captured.State = order.PaymentCaptured
	for _, c := range []struct {
		says order.Payment
		get  error
		want problem.Code
	}{
		{captured, nil, ""}, {money, nil, problem.Provider},
		{order.Payment{}, pay.Unavailable(nil, time.Second), problem.Provider},
	} {
		p := &till{capture: &pay.RefusedError{Code: "no"}, money: c.says, get: c.get}
		d, _ := insideDriver(pending(), p)
		got, err := d.do(t.Context(), pending(), order.Capture, money)
		if problem.CodeOf(err) != c.want || c.want == "" && !got.Same(captured) || c.want != "" && !got.Same(money) {
			t.Errorf("the provider says %+v, %v: %+v, %v", c.says, c.get, got, err)
		}
	}
}

// Where a page can't be opened any more there is none, and the order ends.
func TestAPageThatIsRefusedAfterTheEndWasNeverThere(t *testing.T) {
	o := pending()
	o.State, o.Reason, o.PayBy, o.Due = order.Closing, order.ByDeadline, insideNow.Add(-time.Minute), insideNow
	for _, c := range []struct {
		open  error
		final bool
	}{{&pay.RefusedError{Code: "no"}, true}, {pay.Unavailable(nil, time.Second), false}} {
		p := &till{open: c.open}
		d, _ := insideDriver(o, p)
		got, err := d.find(t.Context(), o)
		if got.Final() != c.final || (err == nil) != c.final || p.opens != 1 {
			t.Errorf("%v: the order is %s after %d tries, %v", c.open, got.State, p.opens, err)
		}
	}
}

// A provider that isn't to be asked isn't: time alone moves the order on.
func TestASweepThatAsksNobody(t *testing.T) {
	o := pending()
	o.Session, o.URL, o.PayBy, o.Due = "cs_1", "https://pay.example/1", insideNow.Add(-2*time.Hour), insideNow
	o.CreatedAt = insideNow.Add(-3 * time.Hour)
	p := &till{get: errors.New("asked")}
	d, s := insideDriver(o, p)
	if _, err := d.sweepOne(t.Context(), o.ID, false); err != nil || p.gets != 0 {
		t.Errorf("asked %d times: %v", p.gets, err)
	}
	if s.o.State == order.Pending {
		t.Error("the deadline passed, and the order is pending")
	}
}

// An order that somebody else changed meanwhile is looked at anew: what is recorded is newer than what it knew.
func TestAfterAConflictTheProviderIsAskedAnew(t *testing.T) {
	o := pending()
	o.Session, o.URL, o.Payment = "cs_1", "https://pay.example/1", "pi_1"
	p := &till{money: order.Payment{
		Order: o.ID, Session: "cs_1", ID: "pi_1", State: order.PaymentCancelled, Amount: 1000, Currency: "eur",
	}}
	d, s := insideDriver(o, p)
	s.conflicts = 1
	if _, err := d.Drive(t.Context(), o.ID, ""); err != nil || p.gets != 2 {
		t.Errorf("asked %d times, %v; the order is %s", p.gets, err, s.o.State)
	}
}

// A provider that answers every key with an error of its own is asked twice, and no more.
func TestAPageIsOpenedAnewOnce(t *testing.T) {
	p := &till{open: pay.Unavailable(pay.ErrAnswered, time.Second)}
	d, _ := insideDriver(pending(), p)
	s := &Starter{Opener: *d}
	if _, err := s.open(t.Context(), order.LinkKey{}, pending()); problem.CodeOf(err) != problem.Provider || p.opens != 2 {
		t.Errorf("asked %d times: %v", p.opens, err)
	}
}
