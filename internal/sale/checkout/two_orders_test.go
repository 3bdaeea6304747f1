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
