package checkout_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/store/memory/memsale"
)

// A double click, two tabs, an app that tries again with another key: of several orders of one buyer at once, one page
// can be paid, whatever the order of things, and the others count against no limit.
func TestOfSeveralOrdersAtOnceOnePageCanBePaid(t *testing.T) {
	for trial := range 50 {
		w := newWorld(t, 1)
		w.chooses(w.buyers[0], "A-1-1", "A-1-2") // all that the address may have
		var wg sync.WaitGroup
		for n := range 2 + trial%4 {
			wg.Go(func() {
				for range 20 { // as its page would
					_, err := w.service.Start(w.ctx, w.buyers[0], request(fmt.Sprint(n)))
					if problem.CodeOf(err) != problem.Busy {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
		var open, pending int
		for _, p := range w.bank.all() {
			if p.open {
				open++
			}
		}
		for _, o := range w.all() {
			if o.State == order.Pending {
				pending++
			}
		}
		if open != 1 || pending != 1 {
			t.Fatalf("trial %d: %d pages can be paid, %d orders are pending", trial, open, pending)
		}
	}
}

// The other request comes through between the look at the latest order and the write: the write is refused, and the
// order that came between is ended before this one is made.
func TestAnOrderThatComesBetweenIsEndedFirst(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-2")
	between := true
	var other string
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "orders.Create" && between {
			between = false
			other = w.starts(w.buyers[0], "2").URL
		}
		return memsale.Fault{}
	}
	first := w.starts(w.buyers[0], "1")
	if w.bank.pays(other) || !w.bank.pays(first.URL) {
		t.Error("the page of the order that came between can be paid, or the last one can't")
	}
	_, err := w.service.Drive(w.ctx, first.Order, "")
	w.must(err)
	w.is(first.Order, order.Paid, "")
}

// While the provider can't confirm that the first page is ended, no second one opens, and the first order stays ended.
func TestASecondPageWaitsForTheEndOfTheFirst(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	first := w.starts(w.buyers[0], "1")
	w.bank.before = func(call, _ string) error {
		if call == "expire" {
			return pay.Unavailable(errTrouble, time.Second)
		}
		return nil
	}
	_, err := w.service.Start(w.ctx, w.buyers[0], request("2"))
	if d := problem.Describe(err, ""); d.Code != problem.Provider || d.HeldUntil != first.Deadline.UnixMilli() {
		t.Errorf("the second is answered %+v", d)
	}
	if len(w.all()) != 1 || len(w.bank.all()) != 1 {
		t.Errorf("%d orders, %d pages", len(w.all()), len(w.bank.all()))
	}
	w.bank.before = func(string, string) error { return nil }
	second := w.starts(w.buyers[0], "2")
	if w.bank.pays(first.URL) || !w.bank.pays(second.URL) {
		t.Error("the first page can be paid, or the second can't")
	}
	w.is(first.Order, order.Cancelled, order.BySuccessor)
}

// The same request comes through between two calls of the first: both are answered with the order that it made.
func TestTheSameRequestThatComesBetweenIsTheSameOrder(t *testing.T) {
	for _, call := range []string{"orders.Latest", "orders.Create"} {
		w := newWorld(t, 1)
		w.chooses(w.buyers[0], "A-1-1")
		between := true
		var other any
		w.cloud.Fault = func(op string) memsale.Fault {
			if op == call && between {
				between = false
				other = w.starts(w.buyers[0], "1")
				w.clock = w.clock.Add(time.Second)
			}
			return memsale.Fault{}
		}
		started := w.starts(w.buyers[0], "1")
		if started != other || len(w.all()) != 1 || len(w.bank.all()) != 1 {
			t.Errorf("before %s: %+v and %+v, %d orders, %d pages", call, started, other, len(w.all()), len(w.bank.all()))
		}
		w.is(started.Order, order.Pending, "")
	}
}

// The first order is paid while it is given up for the second: it stays paid, and the second is made.
func TestAnOrderThatIsPaidInTheLastMomentIsNotGivenUp(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	first := w.starts(w.buyers[0], "1")
	between := true
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "orders.Save" && between {
			between = false
			w.bank.pays(first.URL)
			_, err := w.service.Drive(w.ctx, first.Order, "")
			w.must(err)
		}
		return memsale.Fault{}
	}
	second := w.starts(w.buyers[0], "2")
	w.is(first.Order, order.Paid, "")
	w.is(second.Order, order.Pending, "")
}

// An order that has ended needs no more of the provider when another follows it.
func TestTheProviderIsNotAskedAboutAnEndedOrderThatAnotherFollows(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	first := w.starts(w.buyers[0], "1")
	_, err := w.service.Cancel(w.ctx, first.Order, first.Secret)
	w.must(err)
	w.chooses(w.buyers[0], "A-1-1")
	asks := w.asks()
	w.starts(w.buyers[0], "2")
	if *asks > 0 {
		t.Errorf("asked %d times", *asks)
	}
}

// An order whose end takes long frees its seats at the beginning of it: by its end they may be another order's.
func TestTheEndOfAnOrderFreesNoSeatsOfItsSuccessor(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	first := w.starts(w.buyers[0], "1")
	w.bank.before = func(call, _ string) error {
		if call == "expire" {
			return pay.Unavailable(errTrouble, time.Second)
		}
		return nil
	}
	_, err := w.service.Cancel(w.ctx, first.Order, first.Secret)
	w.must(err)
	w.is(first.Order, order.Closing, order.ByBuyer)
	w.bank.before = func(string, string) error { return nil }
	w.chooses(w.buyers[0], "A-1-1")
	second := w.starts(w.buyers[0], "2")
	w.is(first.Order, order.Cancelled, order.ByBuyer)
	if h := w.holds(w.buyers[0]); len(h.Seats) != 1 || !h.Paying {
		t.Errorf("holds %+v", h)
	}
	w.is(second.Order, order.Pending, "")
}

// A repeated request is answered as the first one was, however many others failed since.
func TestARepeatedRequestIsNotPaced(t *testing.T) {
	for name, refused := range map[string]bool{"with a page": false, "refused": true} {
		w := newWorld(t, 1)
		w.chooses(w.buyers[0], "A-1-1")
		if refused {
			w.bank.before = func(string, string) error { return &pay.RefusedError{Code: "no"} }
		}
		first, firstErr := w.service.Start(w.ctx, w.buyers[0], request("1"))
		for w.sale.MayRetry(w.ctx, "main", w.buyers[0].ID) == nil {
			w.sale.OrderFailed(w.ctx, "main", w.buyers[0].ID)
		}
		again, err := w.service.Start(w.ctx, w.buyers[0], request("1"))
		if again != first || problem.CodeOf(err) != problem.CodeOf(firstErr) || (err != nil) != refused {
			t.Errorf("%s: %v, and then %v", name, firstErr, err)
		}
	}
}

// The limit of an address holds for all who use it.
func TestAnotherVisitorWithTheSameAddressMeetsItsLimit(t *testing.T) {
	w := newWorld(t, 2)
	w.chooses(w.buyers[0], "A-1-1", "A-1-2")
	w.starts(w.buyers[0], "1")
	w.chooses(w.buyers[1], "A-1-3")
	if _, err := w.service.Start(w.ctx, w.buyers[1], request("1")); problem.CodeOf(err) != problem.Limit {
		t.Error(err)
	}
}

// An order that ended before it had a page was refused by nobody: its own page says how it stands.
func TestARepeatedRequestOfAnOrderWithoutAPageIsNoRefusal(t *testing.T) {
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.chooses(a, "A-1-1")
	w.bank.before = func(string, string) error { return pay.Unavailable(errTrouble, time.Second) }
	for _, key := range []string{"1", "2"} { // the second gives the order up, whose end waits for the provider
		if _, err := w.service.Start(w.ctx, a, request(key)); problem.CodeOf(err) != problem.Provider {
			t.Fatal(err)
		}
	}
	again := w.starts(a, "1")
	if o := w.is(again.Order, order.Closing, order.BySuccessor); o.URL != "" || again.URL != "" {
		t.Errorf("answered with the page %q", again.URL)
	}
}
