package crowd_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
)

// sells is a door that calls at once and sells these many seats.
func sells(t *testing.T, seats int) *door {
	d := newDoor(t, 0, true)
	d.hall.seats = seats
	return d
}

// comes sends visitors that buy like this.
func comes(t *testing.T, d *door, visitors int, b crowd.Buy) crowd.Stats {
	t.Helper()
	s := run(t, newCrowd(t, d), crowd.Plan{Visitors: visitors, PerSecond: 500, Stay: 100 * time.Millisecond,
		Apps: d.apps, Buy: b})
	if len(d.foreign) > 0 || d.hall.leaks > 0 {
		t.Errorf("foreign requests %v; the payment page learned %d times who is inside", d.foreign, d.hall.leaks)
	}
	if s.Failed > 0 {
		t.Errorf("%+v", s)
	}
	return s
}

func TestBuyersChoosePayAndLeave(t *testing.T) {
	d := sells(t, 100)
	d.apps = 0.2
	s := comes(t, d, 80, crowd.Buy{Share: 1})
	sold := d.hall.paidSeats()
	if n := len(slices.Compact(slices.Clone(sold))); n != len(sold) || n < 85 || s.Sales.Seats != n {
		t.Errorf("%d seats are paid, %d different ones; the buyers say %+v", len(sold), n, s.Sales)
	}
	if b := s.Sales; s.Left != 80 || b.Buyers != 80 || b.Paid+b.Empty+b.Ended != 80 || b.Chosen < b.Seats ||
		b.Orders < b.Paid || b.Swapped == 0 || b.Released == 0 || b.Typed == 0 || b.Typed > b.Chosen {
		t.Errorf("left %d, %+v", s.Left, b)
	}
	for _, press := range d.hall.presses {
		if press != "approve now" {
			t.Errorf("the button was pressed for %q", press)
		}
	}
}

// A rehearsal buys nothing.
func TestSeatsAreGivenBack(t *testing.T) {
	d := sells(t, 100)
	s := comes(t, d, 40, crowd.Buy{Share: 1, DropOut: 1, GiveBack: true})
	if b := s.Sales; s.Left != 40 || b.Chosen < 40 || b.Released != 40 || b.Orders != 0 || len(d.hall.paidSeats()) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSomeOnlyLookAround(t *testing.T) {
	s := comes(t, sells(t, 40), 60, crowd.Buy{Share: 0.5})
	if b := s.Sales.Buyers; b < 15 || b > 45 || s.Left != 60 {
		t.Errorf("%+v", s)
	}
	if s := comes(t, sells(t, 0), 10, crowd.Buy{Share: 1}); s.Sales.Buyers != 0 || s.Left != 10 {
		t.Errorf("where nothing is sold: %+v", s)
	}
}

func TestBuyersDropOutAtAnyStep(t *testing.T) {
	d := sells(t, 200)
	s := comes(t, d, 60, crowd.Buy{Share: 1, DropOut: 1})
	b := s.Sales
	if b.Dropped+b.Empty+b.Ended != 60 || b.Paid != 0 || s.Ghosts != b.Dropped || b.Dropped < 50 {
		t.Errorf("%+v, %d ghosts", b, s.Ghosts)
	}
	if b.Chosen == 0 || b.Orders == 0 || len(d.hall.presses) == 0 || b.Orders >= 60 || len(d.hall.presses) >= b.Orders {
		t.Errorf("they all drop out at the same step: %+v, %d paid", b, len(d.hall.presses))
	}
}

func TestDeclinedCards(t *testing.T) {
	d := sells(t, 200)
	b := comes(t, d, 60, crowd.Buy{Share: 1, Decline: 1}).Sales
	if b.Declined != b.Orders || b.Paid == 0 || b.Ended == 0 || b.Paid+b.Ended+b.Empty != 60 ||
		b.Seats != len(d.hall.paidSeats()) {
		t.Errorf("%+v", b)
	}
}

func TestTroubleWithPayments(t *testing.T) {
	d := sells(t, 200)
	if b := comes(t, d, 80, crowd.Buy{Share: 1, Trouble: 1}).Sales; b.Paid+b.Empty != 80 {
		t.Errorf("%+v", b)
	}
	all := strings.Join(d.hall.presses, ",")
	for _, knob := range []string{"approve ", "slow ", "timeout ", " twice", " late", " never", " bad"} {
		if !strings.Contains(all, knob) {
			t.Errorf("nobody turned%q: %s", knob, all)
		}
	}
}

func TestFamiliesShareAMailbox(t *testing.T) {
	d := sells(t, 200)
	comes(t, d, 60, crowd.Buy{Share: 1, Sharing: 1})
	spelled, mailboxes := map[string]bool{}, map[string]bool{}
	for _, p := range d.hall.orders {
		before, _, _ := strings.Cut(p.email, "+")
		spelled[p.email], mailboxes[before] = true, true
	}
	if len(spelled) < 40 || len(mailboxes) > 12 {
		t.Errorf("%d spellings of %d mailboxes", len(spelled), len(mailboxes))
	}
}

// With stale pictures the seats are somebody else's when they are clicked.
func TestWhoIsLateChoosesAgain(t *testing.T) {
	d := sells(t, 10)
	d.hall.stale = true
	b := comes(t, d, 40, crowd.Buy{Share: 1, Seats: 1}).Sales
	if b.Lost == 0 || b.Paid > 10 || b.Paid+b.Empty != 40 {
		t.Errorf("%+v", b)
	}
}

func TestTroubleAtTheTillIsTriedAgain(t *testing.T) {
	d := sells(t, 20)
	d.broken = 8
	if b := comes(t, d, 4, crowd.Buy{Share: 1}).Sales; b.Paid+b.Empty != 4 || len(d.hall.keys) > 5 {
		t.Errorf("%+v, %d orders", b, len(d.hall.keys))
	}
}
