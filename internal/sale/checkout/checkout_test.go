package checkout_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
)

// request returns a buyer's n-th request.
func request(n string) checkout.Request {
	return checkout.Request{
		Key:   "key-" + n + "-0123456789",
		Email: "ada@example.com",
		Name:  "Ada",
		Site:  "https://tickets.example.com",
	}
}

// chooses makes the buyer hold these seats.
func (w *world) chooses(a token.Access, seats ...string) {
	w.Helper()
	_, err := w.sale.Choose(w.ctx, a, seats)
	w.must(err)
}

// starts makes the buyer's n-th order.
func (w *world) starts(a token.Access, n string) checkout.Started {
	w.Helper()
	got, err := w.service.Start(w.ctx, a, request(n))
	w.must(err)
	return got
}

func (w *world) is(id string, state order.State, why order.Reason) order.Order {
	w.Helper()
	o, err := w.orders.Get(w.ctx, id)
	w.must(err)
	if o.State != state || o.Reason != why {
		w.Errorf("order is %s by %q, want %s by %q", o.State, o.Reason, state, why)
	}
	return o
}

// holds returns what the buyer holds.
func (w *world) holds(a token.Access) choose.Held {
	w.Helper()
	held, err := w.sale.Holds(w.ctx, a)
	w.must(err)
	return held
}

func TestTenRequestsWithOneKeyAreOneOrder(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	got := make([]checkout.Started, 10)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = w.service.Start(w.ctx, w.buyers[0], request("1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, one := range got {
		if one != got[0] {
			t.Errorf("%+v and %+v", got[0], one)
		}
	}
	o := w.is(got[0].Order, order.Pending, "")
	if len(w.all()) != 1 || len(w.bank.all()) != 1 || o.Amount != 8000 || o.Currency != "eur" || o.Seats() != 2 {
		t.Errorf("%d orders, %d pages: %+v", len(w.all()), len(w.bank.all()), o)
	}
}

func TestStartingExtendsLocksOnceToOneHardLimit(t *testing.T) {
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	first := w.starts(a, "1")
	limit := noon.Add(zone.DefaultPayFor)
	if !first.Deadline.Equal(limit) || !w.holds(a).Until.Equal(limit) {
		t.Errorf("until %v, the lock until %v", first.Deadline, w.holds(a).Until)
	}
	w.clock = noon.Add(10 * time.Minute)
	if second := w.starts(a, "2"); !second.Deadline.Equal(limit) {
		t.Errorf("a second order until %v", second.Deadline)
	}
	w.clock = limit
	if _, err := w.service.Start(w.ctx, a, request("1")); err != nil {
		t.Errorf("the first request again, after the deadline: %v", err)
	}
}

func TestASecondOrderReplacesThePendingOne(t *testing.T) {
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.chooses(a, "A-1-1", "A-1-2") // all that the address may have
	first := w.starts(a, "1")
	second := w.starts(a, "2")
	w.is(first.Order, order.Cancelled, order.BySuccessor)
	w.is(second.Order, order.Pending, "")
	if got := w.holds(a); len(got.Seats) != 2 {
		t.Errorf("holds %v", got.Seats)
	}
	if w.bank.pays(first.URL) {
		t.Error("the first page is still open")
	}
	if !w.bank.pays(second.URL) {
		t.Fatal("the second page is not open")
	}
	for _, id := range []string{first.Order, second.Order} {
		_, err := w.service.Drive(w.ctx, id, "")
		w.must(err)
	}
	w.is(first.Order, order.Cancelled, order.BySuccessor)
	w.is(second.Order, order.Paid, "")
}

func TestGivingUpFreesTheSeatsAtOnceAndNobodyElses(t *testing.T) {
	w := newWorld(t, 2)
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	started := w.starts(a, "1")
	o, err := w.service.Cancel(w.ctx, started.Order, started.Secret)
	w.must(err)
	if o.State != order.Cancelled || len(w.holds(a).Seats) != 0 {
		t.Errorf("%s, holds %v", o.State, w.holds(a).Seats)
	}
	w.chooses(w.buyers[1], "A-1-1")

	// An order that ends late releases none of the seats that its buyer holds by then.
	w.chooses(a, "A-1-2")
	late := w.starts(a, "2")
	w.clock = noon.Add(zone.DefaultPayFor + seat.Rest)
	w.chooses(a, "A-1-3")
	_, err = w.service.Drive(w.ctx, late.Order, "")
	w.must(err)
	w.is(late.Order, order.Expired, order.ByDeadline)
	if got := w.holds(a).Seats; !slices.Equal(got, []string{"A-1-3"}) {
		t.Errorf("holds %v", got)
	}
	w.clock = w.clock.Add(time.Minute)
	w.chooses(a, "A-1-2", "A-1-4")
	again := w.starts(a, "3")
	if _, err := w.service.Cancel(w.ctx, late.Order, late.Secret); err != nil {
		t.Error(err)
	}
	w.is(again.Order, order.Pending, "")
	if got := w.holds(a).Seats; len(got) != 2 {
		t.Errorf("holds %v", got)
	}
}

func TestWhoPaysAfterTheLockRanOutStillBuysWhatNobodyTook(t *testing.T) {
	for name, taken := range map[string]bool{"nobody took it": false, "somebody did": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2)
			w.chooses(w.buyers[0], "A-1-1")
			started := w.starts(w.buyers[0], "1")
			w.bank.pays(started.URL) // and no webhook comes
			w.clock = noon.Add(zone.DefaultPayFor + time.Minute)
			if taken {
				w.chooses(w.buyers[1], "A-1-1")
			}
			swept, err := w.service.Sweep(w.ctx, "main")
			w.must(err)
			if taken {
				w.is(started.Order, order.Cancelled, order.BySeats)
			} else {
				w.is(started.Order, order.Paid, "")
			}
			if one := w.bank.all()[0]; swept.Looked != 1 || taken && one.state != order.PaymentCancelled ||
				!taken && one.captures != 1 {
				t.Errorf("%+v, %+v", swept, one)
			}
		})
	}
}

func TestNothingStaysPendingWhileTheProviderIsDown(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "1")
	w.bank.before = func(string, string) error { return pay.Unavailable(errTrouble, time.Second) }
	for at := time.Duration(0); at <= order.Grace; at += 30 * time.Second {
		w.clock = noon.Add(zone.DefaultPayFor + at)
		if _, err := w.service.Sweep(w.ctx, "main"); err == nil && at == 0 {
			t.Error("a sweep that could do nothing says nothing")
		}
	}
	w.is(started.Order, order.Closing, order.ByDeadline)
	if got := w.holds(w.buyers[0]); len(got.Seats) != 0 {
		t.Errorf("holds %v", got.Seats)
	}
	w.bank.before = func(string, string) error { return nil }
	w.clock = w.clock.Add(time.Hour)
	_, err := w.service.Sweep(w.ctx, "main")
	w.must(err)
	w.is(started.Order, order.Expired, order.ByDeadline)
	if w.bank.pays(started.URL) {
		t.Error("the page is still open")
	}
}

// asks counts from now on how often the provider is asked about a payment.
func (w *world) asks() *int {
	n := new(int)
	w.bank.before = func(call, _ string) error {
		if call == "get" {
			*n++
		}
		return nil
	}
	return n
}

func TestABuyerWhoLooksAsksTheProviderNowAndThen(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	started := w.starts(w.buyers[0], "1")
	asked := w.asks()
	for range 10 {
		_, err := w.service.Read(w.ctx, started.Order, started.Secret)
		w.must(err)
	}
	if *asked != 1 {
		t.Errorf("asked %d times at once", *asked)
	}
	w.bank.pays(started.URL)
	w.clock = w.clock.Add(3 * time.Second)
	o, err := w.service.Read(w.ctx, started.Order, started.Secret)
	if err != nil || o.State != order.Paid {
		t.Errorf("%s %v: who comes back from paying need not wait for a webhook", o.State, err)
	}
}

// Seats refunded by an operator, and money refunded directly at the provider, with and without webhooks.
func TestSeatsAreRefundedWhateverTheProvidersDeskDid(t *testing.T) {
	w := newWorld(t, 2)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	started := w.starts(w.buyers[0], "1")
	w.bank.pays(started.URL)
	if _, err := w.service.Read(w.ctx, started.Order, started.Secret); err != nil {
		t.Fatal(err)
	}
	paid := w.is(started.Order, order.Paid, "")
	price := paid.Lines[1].Price

	w.bank.hand(started.Order, price)
	heard, err := w.service.Noticed(w.ctx, "good", []byte("payment "+paid.Payment)) // a refund names a payment only
	if w.must(err); heard.Order != started.Order || heard.Zone != "main" {
		t.Errorf("heard of %+v", heard)
	}
	if o := w.is(started.Order, order.Paid, ""); o.RefundedTotal != price || len(o.Remaining()) != 2 {
		t.Errorf("%+v", o)
	}
	o, err := w.service.RefundSeats(
		w.ctx,
		started.Order,
		checkout.SeatsRefund{Seats: []string{paid.Lines[1].Seat}, AlreadyRefunded: true},
	)
	if w.must(err); len(o.Remaining()) != 1 || w.bank.all()[0].back != price {
		t.Errorf("%+v, %d went back", o.PartialRefunds, w.bank.all()[0].back)
	}
	w.chooses(w.buyers[1], paid.Lines[1].Seat) // it is for sale again

	w.bank.disputes(started.Order, order.Disputed)
	if _, err := w.service.Noticed(w.ctx, "good", []byte("payment "+paid.Payment)); err != nil {
		t.Error(err)
	}
	if o := w.is(started.Order, order.Paid, ""); o.Dispute != order.Disputed || o.Open() {
		t.Errorf("%+v", o)
	}
	if heard, err := w.service.Noticed(w.ctx, "good", []byte("payment pi-of-another-shop")); err != nil ||
		heard.Order != "" {
		t.Errorf("another shop's payment: %+v %v", heard, err)
	}
}

// The operator must know whether to ask again: a full refund begins whatever the provider says, one of seats only once
// it is known what was refunded before.
func TestWhatARefundHasBegunWhileTheProviderIsSilent(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	started := w.starts(w.buyers[0], "1")
	w.bank.pays(started.URL)
	if _, err := w.service.Read(w.ctx, started.Order, started.Secret); err != nil {
		t.Fatal(err)
	}
	answers := w.bank.before
	w.bank.before = func(string, string) error { return pay.Unavailable(errors.New("silent"), time.Second) }

	o, err := w.service.RefundSeats(w.ctx, started.Order, checkout.SeatsRefund{Seats: []string{"A-1-1"}})
	if problem.CodeOf(err) != problem.Provider || len(o.PartialRefunds) != 0 {
		t.Errorf("seats: %v, %+v", err, o.PartialRefunds)
	}
	for range 2 {
		o, err = w.service.Refund(w.ctx, started.Order)
		if problem.CodeOf(err) != problem.Provider || o.RefundAt.IsZero() {
			t.Errorf("all: %v, asked for at %v", err, o.RefundAt)
		}
	}
	w.bank.before = answers
	w.clock = w.clock.Add(time.Minute)
	if _, err := w.service.Sweep(w.ctx, "main"); err != nil {
		t.Error(err)
	}
	w.is(started.Order, order.Refunded, order.ByRefund)
}

// An order keeps what its buyer was told: a receipt says the same whatever becomes of the event.
func TestAnOrderStatesItsEventSellerAndTax(t *testing.T) {
	w := newWorld(t, 1)
	events := w.cloud.Zones().(event.Store)
	w.must(events.SaveEvent(w.ctx, event.Event{
		Zone: "main", Version: 1, Name: "Fidelio", Seller: "Hall Ltd", VATID: "DE1", VAT: 1900,
		CategoryVAT: map[string]int{"b": 700},
	}))
	w.service.Events = events
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	o := w.is(w.starts(w.buyers[0], "1").Order, order.Pending, "")
	if o.Event != "Fidelio" || o.Seller != "Hall Ltd" || o.VATID != "DE1" || o.Lines[0].VAT != 1900 ||
		o.Lines[1].VAT != 700 {
		t.Errorf("it states %q, %q, %q, %+v", o.Event, o.Seller, o.VATID, o.Lines)
	}
}
