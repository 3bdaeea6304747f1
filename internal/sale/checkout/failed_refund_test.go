package checkout_test

import (
	"testing"
	"time"

	"foyer/internal/sale/checkout"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
)

// buys has the first buyer pay for the seats they hold, and returns the order.
func (w *world) buys(n string) string {
	w.Helper()
	started := w.starts(w.buyers[0], n)
	w.bank.pays(started.URL)
	_, err := w.service.Drive(w.ctx, started.Order, "")
	w.must(err)
	w.is(started.Order, order.Paid, "")
	return started.Order
}

func seatsRefund(seats ...string) checkout.SeatsRefund { return checkout.SeatsRefund{Seats: seats} }

// hears is the webhook of a refund that failed.
func (w *world) hears(id string) {
	w.Helper()
	_, err := w.service.Noticed(w.ctx, "good", []byte(id+" "))
	w.must(err)
}

// A bank sends a refund back days later. The order knows what it owes, nothing is tried again by itself, and once an
// operator asks for it, it is made again once.
func TestARefundThatComesBackIsHeardAndMadeAgainOnce(t *testing.T) {
	w := newWorld(t, 2)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	id := w.buys("1")
	_, err := w.service.Refund(w.ctx, id)
	w.must(err)
	w.is(id, order.Refunded, order.ByRefund)
	w.chooses(w.buyers[1], "A-1-1") // the seats are for sale again

	w.clock = w.clock.Add(4 * 24 * time.Hour)
	w.bank.sendsBack(id, 0)
	w.hears(id)
	w.hears(id)
	o := w.is(id, order.Refunded, order.ByRefund)
	if o.Owed() != 8000 || o.Open() || len(o.FailedRefunds) != 1 || len(o.FailedRefunds[0].Seats) != 2 {
		t.Errorf("owes %d: %+v", o.Owed(), o.FailedRefunds)
	}
	_, err = w.service.Sweep(w.ctx, "main")
	w.must(err)
	if w.bank.all()[0].back != 0 {
		t.Error("it was made again without being asked for")
	}
	for range 2 {
		w.clock = w.clock.Add(time.Hour)
		if o, err = w.service.Refund(w.ctx, id); err != nil {
			t.Error(err)
		}
	}
	if o.Owed() != 0 || o.Open() || w.bank.all()[0].back != 8000 {
		t.Errorf("made again: owes %d, %d went back: %+v", o.Owed(), w.bank.all()[0].back, o.FailedRefunds)
	}
	kinds := map[ledger.Kind]int{}
	for _, e := range ledger.EntriesOf(o) {
		kinds[e.Kind]++
	}
	if kinds[ledger.Sale] != 2 || kinds[ledger.Refund] != 4 || kinds[ledger.RefundFailed] != 2 {
		t.Errorf("the books say %v", kinds)
	}
}

// A card that is closed sends back the second refund as well.
func TestARefundThatComesBackTwiceIsOwedTwice(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	id := w.buys("1")
	_, err := w.service.Refund(w.ctx, id)
	w.must(err)
	for n := range 2 {
		w.clock = w.clock.Add(4 * 24 * time.Hour)
		w.bank.sendsBack(id, 0)
		w.hears(id)
		if o := w.is(id, order.Refunded, order.ByRefund); o.Owed() != 8000 || o.Open() || len(o.FailedRefunds) != n+1 {
			t.Errorf("after %d: owes %d: %+v", n+1, o.Owed(), o.FailedRefunds)
		}
		_, err = w.service.Refund(w.ctx, id)
		w.must(err)
	}
	o := w.is(id, order.Refunded, order.ByRefund)
	kinds := map[ledger.Kind]int{}
	for _, e := range ledger.EntriesOf(o) {
		kinds[e.Kind]++
	}
	if o.Owed() != 0 || o.Open() || w.bank.all()[0].back != 8000 ||
		kinds[ledger.Refund] != 6 || kinds[ledger.RefundFailed] != 4 {
		t.Errorf("owes %d, %d went back, the books say %v", o.Owed(), w.bank.all()[0].back, kinds)
	}
}

func TestASeatsRefundThatComesBackIsMadeAgainForThatSeat(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1", "A-1-3")
	id := w.buys("1")
	_, err := w.service.RefundSeats(w.ctx, id, seatsRefund("A-1-3"))
	w.must(err)
	w.bank.sendsBack(id, 1)
	w.hears(id)
	o := w.is(id, order.Paid, "")
	if o.Owed() != 3000 || len(o.Remaining()) != 1 || o.Open() {
		t.Errorf("owes %d, %d seats stay", o.Owed(), len(o.Remaining()))
	}
	for range 2 {
		if o, err = w.service.RefundSeats(w.ctx, id, seatsRefund("A-1-3")); err != nil {
			t.Error(err)
		}
	}
	if o.Owed() != 0 || w.bank.all()[0].back != 3000 || o.Open() {
		t.Errorf("owes %d, %d went back", o.Owed(), w.bank.all()[0].back)
	}
	_, err = w.service.Refund(w.ctx, id)
	w.must(err)
	if w.is(id, order.Refunded, order.ByRefund); w.bank.all()[0].back != 8000 {
		t.Errorf("%d went back in all", w.bank.all()[0].back)
	}
}

// An inquiry that was closed may become a chargeback, which is lost.
func TestASecondDisputeIsHeard(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	id := w.buys("1")
	for _, now := range []order.Dispute{order.Disputed, order.DisputeWon, order.Disputed, order.DisputeLost} {
		w.bank.disputes(id, now)
		w.hears(id)
		if o := w.is(id, order.Paid, ""); o.Dispute != now {
			t.Errorf("%q is remembered as %q", now, o.Dispute)
		}
	}
}
