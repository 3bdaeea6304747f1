package checkout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

// freeHall is a row of which every seat costs nothing, but for the last.
const freeHall = `{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},
"categories":[{"id":"a","name":"Carer, free","price":0},{"id":"b","name":"B","price":3000}],
"sections":[{"id":"A","name":"Stalls","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],
"rows":[{"id":"1","category":"a","seats":[{"id":"A-1-1","x":1,"y":1},{"id":"A-1-2","x":2,"y":1},
{"id":"A-1-3","x":3,"y":1,"category":"b"}]}]}]}`

func newFreeWorld(t *testing.T, buyers int) *world {
	w := newWorld(t, buyers)
	v, err := venue.Parse([]byte(freeHall))
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
	return w
}

// Seats that cost nothing are bought at once, and no provider is asked.
func TestAFreeOrderIsBoughtWithoutTheProvider(t *testing.T) {
	w := newFreeWorld(t, 2)
	asked := 0
	w.bank.before = func(string, string) error { asked++; return nil }
	w.chooses(w.buyers[0], "A-1-1", "A-1-2")
	got := w.starts(w.buyers[0], "1")
	o := w.is(got.Order, order.Paid, "")
	if o.Method != order.Free || asked != 0 || len(w.owners()) != 2 ||
		!strings.Contains(got.URL, "/order/index.html#"+got.Order) {
		t.Errorf("%s, the provider was asked %d times, seats %v, page %s", o.Method, asked, w.owners(), got.URL)
	}
	if again := w.starts(w.buyers[0], "1"); again != got {
		t.Errorf("repeated: %+v, not %+v", again, got)
	}
	o, err := w.service.RefundSeats(w.ctx, got.Order, seatsRefund("A-1-1"))
	w.must(err)
	if len(o.Remaining()) != 1 {
		t.Errorf("one is given back: %+v", o.PartialRefunds)
	}
	w.chooses(w.buyers[1], "A-1-1")
	_, err = w.service.Refund(w.ctx, got.Order)
	w.must(err)
	if w.is(got.Order, order.Refunded, order.ByRefund); asked != 0 || len(w.owners()) != 0 {
		t.Errorf("the provider was asked %d times, seats %v", asked, w.owners())
	}
}

func TestAFreeOrderWhoseSeatsAreLostEndsAtOnce(t *testing.T) {
	w := newFreeWorld(t, 2)
	w.chooses(w.buyers[0], "A-1-1")
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "seats.Settle" {
			return memsale.Fault{Before: errTrouble} // the process dies before it takes the seats
		}
		return memsale.Fault{}
	}
	_, err := w.service.Start(w.ctx, w.buyers[0], request("1"))
	if err == nil {
		t.Fatal("it went through")
	}
	w.cloud.Fault = nil
	w.clock = w.clock.Add(20 * time.Minute)
	w.chooses(w.buyers[1], "A-1-1")
	_, err = w.service.Sweep(w.ctx, "main")
	w.must(err)
	for id := range w.all() {
		o, _ := w.orders.Get(w.ctx, id)
		if !o.Final() || o.Open() {
			t.Errorf("it is %s by %q", o.State, o.Reason)
		}
	}
}

// A paid seat and a free one are one order, paid by card; the free one alone can be given back.
func TestAMixedOrder(t *testing.T) {
	w := newFreeWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-2", "A-1-3")
	id := w.buys("1")
	o, err := w.service.RefundSeats(w.ctx, id, seatsRefund("A-1-2"))
	w.must(err)
	if len(o.Remaining()) != 1 || o.Open() || o.Method != order.Card || w.bank.all()[0].back != 0 {
		t.Errorf("%s, open %v: %+v", o.Method, o.Open(), o.PartialRefunds)
	}
	if o, err = w.service.RefundSeats(w.ctx, id, seatsRefund("A-1-3")); err != nil || w.bank.all()[0].back != 3000 {
		t.Errorf("%v, %d went back", err, w.bank.all()[0].back)
	}
	if w.is(id, order.Refunded, order.ByRefund); !slices.Contains([]int64{3000}, o.RefundedTotal) {
		t.Errorf("%d", o.RefundedTotal)
	}
}
