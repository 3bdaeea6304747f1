package checkout_test

import (
	"context"
	"errors"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// family is a row of five with prices for adults and, free, for one child.
const family = `{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},
"types":[{"id":"standard","name":"Adult"},{"id":"child","name":"Child","most":1}],
"categories":[{"id":"a","name":"Stalls","price":3000,"prices":[{"type":"child","price":0}]}],
"sections":[{"id":"A","name":"Stalls","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],
"rows":[{"id":"1","category":"a","seats":[{"id":"A-1-1","x":1,"y":1},{"id":"A-1-2","x":2,"y":1},
{"id":"A-1-3","x":3,"y":1},{"id":"A-1-4","x":4,"y":1},{"id":"A-1-5","x":5,"y":1}]}]}]}`

func newFamily(t *testing.T) *world {
	w := newWorld(t, 1)
	v, err := venue.Parse([]byte(family))
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
	return w
}

// types lets the buyer choose seats, the first as a child's.
func (w *world) types(child string, others ...string) error {
	_, err := w.sale.ChooseAt(w.ctx, w.buyers[0], append([]string{child}, others...), seat.Types{child: "child"})
	return err
}

func TestAnOrderOfSeveralPriceTypes(t *testing.T) {
	w := newFamily(t)
	w.must(w.types("A-1-2", "A-1-1"))
	o, err := w.orders.Get(w.ctx, w.buys("1"))
	w.must(err)
	adult, child := o.Lines[0], o.Lines[1]
	if o.Amount != 3000 || o.Method != order.Card || w.bank.all()[0].amount != 3000 ||
		adult.Text() != "Stalls, row 1, seat 1, Adult" || child.Text() != "Stalls, row 1, seat 2, Child" || child.Price != 0 {
		t.Errorf("%d by %s: %+v", o.Amount, o.Method, o.Lines)
	}
	for _, e := range ledger.EntriesOf(o) {
		if want := map[string]string{"A-1-1": "standard", "A-1-2": "child"}[e.Seat]; e.Type != want {
			t.Errorf("the books say %q of %s", e.Type, e.Seat)
		}
	}
}

func TestAnOrderThatItsPriceTypesMakeFree(t *testing.T) {
	w := newFamily(t)
	w.must(w.types("A-1-1"))
	got := w.starts(w.buyers[0], "1")
	if o := w.is(got.Order, order.Paid, ""); o.Method != order.Free || o.Amount != 0 || len(w.bank.all()) != 0 {
		t.Errorf("%s, %d, %d payments", o.Method, o.Amount, len(w.bank.all()))
	}
}

// What is bought at a price type counts against its limit until it is given back.
func TestAPriceTypesLimitLastsOverOrders(t *testing.T) {
	w := newFamily(t)
	w.service.Bought = func(context.Context, string, queue.VisitorID, string) error { return nil } // they stay inside
	w.must(w.types("A-1-1"))
	first := w.starts(w.buyers[0], "1").Order
	w.is(first, order.Paid, "")
	var refused *problem.Error
	if err := w.types("A-1-2"); !errors.As(err, &refused) || refused.Code != problem.Limit || refused.Field != "types" {
		t.Fatalf("a second child: %v", err)
	}
	w.chooses(w.buyers[0], "A-1-2")
	_, err := w.service.Refund(w.ctx, first)
	w.must(err)
	w.must(w.types("A-1-2", "A-1-3"))
	if h := w.holds(w.buyers[0]); h.Bought != 0 || h.Types["A-1-2"] != "child" {
		t.Errorf("%+v", h)
	}
}
