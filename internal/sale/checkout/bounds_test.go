package checkout_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/venue"
)

// session makes the buyer's session end so long after noon.
func (w *world) session(a token.Access, d time.Duration) {
	w.Helper()
	of := bucket.Of{Zone: "main", Shards: 1}
	page, _, err := w.cloud.Log().Get(w.ctx, of, a.Ref.Page)
	w.must(err)
	w.must(w.cloud.Log().Apply(w.ctx, of, bucket.Change{
		Ref: a.Ref, Key: page.Grants[a.Ref.Slot].Key, From: bucket.Inside, To: bucket.Inside, Until: noon.Add(d),
	}))
}

// free reports whether a buyer can lock seat A-1-1.
func (w *world) free(a token.Access) bool {
	_, err := w.sale.Choose(w.ctx, a, []string{"A-1-1"})
	return err == nil
}

func TestOrdersThatAreNeverPaidHoldSeatsNoLongerThanOne(t *testing.T) {
	w := newWorld(t, 2)
	a := w.buyers[0]
	w.session(a, 10*time.Minute)
	for n := 0; w.clock.Before(noon.Add(24 * time.Hour)); n++ {
		w.chooses(a, "A-1-1", "A-1-2")
		if _, err := w.service.Start(w.ctx, a, request(fmt.Sprint("n", n))); err != nil {
			t.Fatal(err)
		}
		w.clock = w.clock.Add(14 * time.Minute)
		_, _ = w.service.Sweep(w.ctx, "main")
		if w.free(w.buyers[1]) {
			return
		}
		w.chooses(a)
	}
	t.Errorf("nobody else had a chance at the seats for %v", w.clock.Sub(noon))
}

func TestReleasingAndChoosingAgainDoesNotPassHoldMost(t *testing.T) {
	w := newWorld(t, 2)
	for w.clock.Before(noon.Add(6 * time.Hour)) {
		w.chooses(w.buyers[0], "A-1-1", "A-1-2")
		w.clock = w.clock.Add(5*time.Minute - time.Millisecond)
		if w.free(w.buyers[1]) {
			return
		}
		w.chooses(w.buyers[0])
	}
	t.Errorf("the same seats were held for %v", w.clock.Sub(noon))
}

func TestABuyersOrdersArePaced(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	calls := map[string]int{}
	w.bank.before = func(call, _ string) error { calls[call]++; return nil }
	for n := range 1000 {
		_, err := w.service.Start(w.ctx, w.buyers[0], request(fmt.Sprint(n)))
		if problem.CodeOf(err) == problem.Cooling {
			return
		}
		w.must(err)
		for id, o := range w.all() { // the payments' queue does its jobs
			if o.State == order.Closing {
				w.must(w.service.Job(w.ctx, id))
			}
		}
	}
	t.Errorf("%d orders, calls at the provider: %v", len(w.all()), calls)
}

func TestBuyersInsideAClosedZoneCanFinish(t *testing.T) {
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	s, err := w.cloud.Zones().Settings(w.ctx, "main")
	w.must(err)
	s.Version, s.State = s.Version+1, zone.Closed
	w.must(w.cloud.Zones().SaveSettings(w.ctx, s))
	if _, err := w.sale.Holds(w.ctx, w.buyers[0]); err != nil {
		t.Errorf("seeing them: %v", err)
	}
	if _, err := w.service.Start(w.ctx, w.buyers[0], request("1")); err != nil {
		t.Errorf("paying for them: %v", err)
	}
	if _, err := w.sale.Choose(w.ctx, w.buyers[0], nil); err != nil {
		t.Errorf("releasing them: %v", err)
	}
	w.chooses(w.buyers[0], "A-1-1")
	s.Version, s.SaleEnded = s.Version+1, true
	w.must(w.cloud.Zones().SaveSettings(w.ctx, s))
	_, starting := w.service.Start(w.ctx, w.buyers[0], request("2"))
	_, choosing := w.sale.Choose(w.ctx, w.buyers[0], []string{"A-1-2"})
	_, best := w.sale.Best(w.ctx, w.buyers[0], venue.Wish{N: 1})
	for what, err := range map[string]error{"an order": starting, "a choice": choosing, "the best": best} {
		if problem.CodeOf(err) != problem.NotOpen {
			t.Errorf("%s after the sale was ended: %v", what, err)
		}
	}
	if _, err := w.sale.Choose(w.ctx, w.buyers[0], nil); err != nil || len(w.holds(w.buyers[0]).Seats) != 0 {
		t.Errorf("releasing them after the sale was ended: %v", err)
	}
}

func TestBuyingFreesTheSlot(t *testing.T) {
	w := newWorld(t, 1)
	a := w.buyers[0]
	w.session(a, 10*time.Minute)
	w.clock = noon.Add(9 * time.Minute)
	w.chooses(a, "A-1-1", "A-1-2") // all that a buyer may have
	got := w.starts(a, "1")
	w.bank.pays(got.URL)
	w.clock = w.clock.Add(time.Minute)
	_, err := w.service.Noticed(w.ctx, "good", []byte(got.Order+" "))
	w.must(err)
	w.is(got.Order, order.Paid, "")
	page, _, err := w.cloud.Log().Get(w.ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	w.must(err)
	if g := page.Grants[0]; g.State == bucket.Inside && g.Until.After(w.clock) {
		t.Errorf("the slot is taken for another %v after paying", g.Until.Sub(w.clock))
	}
}
