package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/parallel"
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
	fails     error
	saves     int
	missing   error
}

func (s *shelf) Get(context.Context, string) (order.Order, error) { return s.o, s.missing }

func (s *shelf) Save(_ context.Context, _, after order.Order) error {
	s.saves++
	if s.fails != nil {
		return s.fails
	}
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
	money, captured    order.Payment
	opens, gets        int
	notice             pay.Notice
	owners             int
}

func (p *till) Open(context.Context, pay.Checkout) (pay.Session, error) {
	if p.opens++; p.opens > 99 {
		return pay.Session{}, &pay.RefusedError{Code: "enough"}
	}
	return pay.Session{}, p.open
}

func (p *till) Get(context.Context, order.Order) (order.Payment, error) {
	p.gets++
	return p.money, p.get
}

func (p *till) Notice(context.Context, string, []byte) (pay.Notice, error) { return p.notice, nil }

func (p *till) Owner(context.Context, string) (string, error) {
	p.owners++
	return pending().ID, nil
}

func (p *till) Capture(context.Context, order.Order) (order.Payment, error) {
	return p.captured, p.capture
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

// unpaid is the money of the pending order, before its buyer has paid.
func unpaid(session string) order.Payment {
	o := pending()
	return order.Payment{
		Order: o.ID, Session: session, State: order.PaymentUnpaid, Amount: o.Amount, Currency: o.Currency,
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

// A call that wasn't refused says itself how the money stands, or that it isn't known.
func TestWhatWasNotRefusedIsNotAskedAbout(t *testing.T) {
	captured := order.Payment{Order: "o1", State: order.PaymentCaptured, Amount: 1000, Currency: "eur"}
	for _, err := range []error{nil, pay.Unavailable(nil, time.Second)} {
		p := &till{captured: captured, capture: err}
		d, _ := insideDriver(pending(), p)
		got, gotErr := d.do(t.Context(), pending(), order.Capture, order.Payment{})
		if !got.Same(captured) || !errors.Is(gotErr, err) || p.gets != 0 {
			t.Errorf("%v: %+v, %v, asked %d times", err, got, gotErr, p.gets)
		}
	}
}

// An order is put off when it is due, and only then.
func TestOnlyADueOrderIsPutOff(t *testing.T) {
	for late, tries := range map[time.Duration]int{time.Millisecond: 1, 0: 1, -time.Millisecond: 0} {
		o := pending()
		o.Session, o.URL, o.Due = "cs_1", "https://pay.example/1", insideNow.Add(-late)
		d, s := insideDriver(o, &till{money: unpaid("cs_1")})
		if _, err := d.Drive(t.Context(), o.ID, ""); err != nil || s.o.Tries != tries || s.saves != tries {
			t.Errorf("%v after it was due: %d tries, %d writes, %v", late, s.o.Tries, s.saves, err)
		}
	}
}

// The provider is asked about no order that has come to its end.
func TestAJobOfAnOrderThatHasEndedAsksNobody(t *testing.T) {
	for state, asked := range map[order.State]int{order.Pending: 1, order.Cancelled: 0, order.Paid: 0} {
		o, p := pending(), &till{money: unpaid("cs_1")}
		o.State, o.Session, o.URL = state, "cs_1", "https://pay.example/1"
		d, _ := insideDriver(o, p)
		if err := d.Job(t.Context(), o.ID); err != nil || p.gets != asked {
			t.Errorf("%s: asked %d times, %v", state, p.gets, err)
		}
	}
}

// The session of an order's page is the first one that was heard of, whatever a webhook names later.
func TestAWebhookNamesTheSessionOfAnOrderThatHasNone(t *testing.T) {
	for first, want := range map[string]string{"": "cs_2", "cs_1": "cs_1"} {
		o := pending()
		o.Session = first
		p := &till{money: unpaid(want)}
		d, s := insideDriver(o, p)
		if _, err := d.Drive(t.Context(), o.ID, "cs_2"); err != nil || s.o.Session != want || p.gets != 1 {
			t.Errorf("after %q: %q, asked %d times, %v", first, s.o.Session, p.gets, err)
		}
	}
}

// Only a change by somebody else is a reason to make a step again.
func TestAFailedWriteIsNotRepeated(t *testing.T) {
	d, s := insideDriver(pending(), &till{})
	s.fails = problem.New(problem.Busy, "")
	cancelled := order.Event{Kind: order.Cancel, Reason: order.ByBuyer}
	if _, err := d.move(t.Context(), pending(), cancelled); !errors.Is(err, s.fails) || s.saves != 1 {
		t.Errorf("written %d times, %v", s.saves, err)
	}
}

// A buyer's visit ends with the step by which an order with a visit is paid, and with no other.
func TestAVisitEndsWhenItsOrderIsPaid(t *testing.T) {
	for _, c := range []struct {
		from, to order.State
		grant    string
		want     int
	}{
		{order.Authorised, order.Paid, "1.0", 1}, {order.Authorised, order.Paid, "", 0}, {order.Paid, order.Paid, "1.0", 0},
		{order.Pending, order.Authorised, "1.0", 0},
	} {
		ended := 0
		d, _ := insideDriver(pending(), &till{})
		d.Bought = func(context.Context, string, queue.VisitorID, string) error { ended++; return nil }
		before, after := pending(), pending()
		before.State, after.State, before.Grant, after.Grant = c.from, c.to, c.grant, c.grant
		if err := d.save(t.Context(), before, after); err != nil || ended != c.want {
			t.Errorf("%s to %s, grant %q: ended %d times, %v", c.from, c.to, c.grant, ended, err)
		}
	}
}

// Until when seats are kept is said where the provider failed, and nowhere else.
func TestOnlyTheProvidersFailuresSayHowLongSeatsAreKept(t *testing.T) {
	for _, err := range []error{errors.New("cut off"), problem.New(problem.Conflict, "")} {
		if got := held(err, pending()); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	for after, want := range map[time.Duration]time.Duration{0: time.Second, time.Minute: time.Minute} {
		var p *problem.Error
		err := held(pay.Unavailable(nil, after), pending())
		if !errors.As(err, &p) || !p.HeldUntil.Equal(pending().PayBy) || p.RetryAfter != want {
			t.Errorf("the provider is away for %v: %v, again after %v", after, err, p.RetryAfter)
		}
	}
}

// What is no address is refused before anything is looked up.
func TestTicketsAreMailedToNoBadAddress(t *testing.T) {
	if _, err := (&Starter{}).Remail(t.Context(), "", "", "ada@"); problem.CodeOf(err) != problem.Invalid {
		t.Error(err)
	}
}

// A page that the provider answered with an error of its own is looked for with another key.
func TestAPageIsLookedForWithAnotherKeyAfterAnError(t *testing.T) {
	for err, want := range map[error]int{pay.Unavailable(pay.ErrAnswered, 0): 1, pay.Unavailable(nil, 0): 0} {
		o := pending()
		o.State = order.Closing
		d, s := insideDriver(o, &till{open: err})
		if _, got := d.find(t.Context(), o); !errors.Is(got, err) || s.o.UsedKeys != want {
			t.Errorf("%v: %d keys are used, %v", err, s.o.UsedKeys, got)
		}
	}
}

// Whose order a webhook is about is asked only where it names a payment and no order, and only orders are looked up.
func TestWhatAWebhookIsAbout(t *testing.T) {
	id, gone := pending().ID, problem.New(problem.NotFound, "")
	for name, c := range map[string]struct {
		says    pay.Notice
		missing error
		want    Heard
		owners  int
	}{
		"an order":             {pay.Notice{Order: id}, nil, Heard{id, "main", false}, 0},
		"an order's payment":   {pay.Notice{Order: id, Payment: "pi_1"}, nil, Heard{id, "main", false}, 0},
		"a payment":            {pay.Notice{Payment: "pi_1", Declined: true}, nil, Heard{id, "main", true}, 1},
		"nothing":              {pay.Notice{}, nil, Heard{}, 0},
		"no order of ours":     {pay.Notice{Order: "elsewhere"}, nil, Heard{}, 0},
		"another shop's order": {pay.Notice{Order: id}, gone, Heard{Order: id}, 0},
	} {
		p := &till{notice: c.says, money: unpaid("cs_1")}
		d, s := insideDriver(pending(), p)
		s.missing = c.missing
		if got, err := d.Noticed(t.Context(), "", nil); got != c.want || err != nil || p.owners != c.owners {
			t.Errorf("%s: %+v, %v, %d owners asked for", name, got, err, p.owners)
		}
	}
}

// Only a page that may have been opened is looked for: of an order that is closing, by card, without a session.
func TestWhichPagesAreLookedFor(t *testing.T) {
	for _, c := range []struct {
		state   order.State
		session string
		method  order.Method
		opens   int
	}{
		{order.Closing, "", order.Card, 1}, {order.Closing, "cs_1", order.Card, 0}, {order.Closing, "", order.Free, 0},
		{order.Pending, "", order.Card, 0},
	} {
		o, p := pending(), &till{open: pay.Unavailable(nil, time.Second)}
		o.State, o.Session, o.Method = c.state, c.session, c.method
		d, _ := insideDriver(o, p)
		if _, err := d.find(t.Context(), o); p.opens != c.opens || (err != nil) != (c.opens > 0) {
			t.Errorf("%s, session %q, %s: opened %d times, %v", c.state, c.session, c.method, p.opens, err)
		}
	}
}

// crowd is a store of so many orders that are due at once.
type crowd struct {
	shelf
	n int
}

func (c *crowd) Due(context.Context, string, time.Time, int) (ids []string, err error) {
	for i := range c.n {
		ids = append(ids, fmt.Sprint(i))
	}
	return ids, nil
}

// A provider that is away is asked about awayAfter orders in a row, and about no more until the next sweep.
func TestASweepAsksAProviderThatIsAwayAFewTimes(t *testing.T) {
	o := pending()
	o.Session, o.URL = "cs_1", "https://pay.example/1"
	p := &till{get: pay.Unavailable(nil, time.Second)}
	d, _ := insideDriver(o, p)
	d.Orders = &crowd{shelf{o: o}, 2 * awayAfter}
	inTurn := parallel.InTurn(t.Context(), func(n int) (all []int) {
		for i := range n {
			all = append(all, i)
		}
		return all
	})
	if swept, err := d.Sweep(inTurn, "main"); p.gets != awayAfter || swept.Failed != awayAfter || err == nil {
		t.Errorf("asked %d times: %+v, %v", p.gets, swept, err)
	}
}

func TestWhatASweepCounts(t *testing.T) {
	var swept Swept
	for _, state := range []order.State{order.Paid, order.Expired, order.Closing, order.Paid} {
		swept.add(order.Order{State: state}, nil)
	}
	swept.add(order.Order{State: order.Paid}, errors.New("away"))
	if want := (Swept{Looked: 5, Failed: 1, Paid: 2, Ended: 1}); swept != want {
		t.Errorf("%+v, want %+v", swept, want)
	}
}
