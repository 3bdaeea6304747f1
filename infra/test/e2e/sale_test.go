package e2e

import (
	"slices"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/local"
	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/order"
	"foyer/internal/testkit/audittest"
)

// The sale of the story below.
const (
	buyers   = 2000
	perBuyer = 2
)

// TestAFullHouseIsSoldWhateverIsKilled sells all 300 seats of a theatre to 2,000 buyers who come within a minute. A
// tenth of them drop out at some step, cards are declined, some share a mailbox, payments hang, webhooks come twice,
// late, never or badly signed, and meanwhile every function is killed again and again, at any moment. In the end every
// seat is sold, once; nobody has more than is allowed; seats, orders, money and ledger agree; and nothing waits for
// anything.
func TestAFullHouseIsSoldWhateverIsKilled(t *testing.T) {
	c := up(t)
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Rate, s.Window, s.Session = 300, 1800, 20*time.Second, 40*time.Second
		s.SeatsPerBuyer, s.SeatFactor, s.PayFor = perBuyer, 5, 30*time.Second
	})
	h.sells("theatre-300")
	house := h.audited()
	for _, q := range topology.Queues {
		c.Queues.Duplicate(q.Name, 3)
		t.Cleanup(func() { c.Queues.Duplicate(q.Name, 0) })
	}
	before := c.Lambda.Stats()
	stop := kills(t, c, sellers(), 700*time.Millisecond, 10*time.Minute)
	defer stop()
	people := sends(t, h, 3)
	starts(t, people, crowd.Plan{
		Visitors: buyers, PerSecond: 60, HTTPOnly: 0.2, Apps: 0.2, Stay: 3 * time.Second,
		Buy: crowd.Buy{Share: 1, Seats: perBuyer, DropOut: 0.08, Decline: 0.1, Trouble: 0.4, Sharing: 0.1},
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the crowd: %+v", people.Stats())
		}
	})
	began := time.Now()
	until(t, 8*time.Minute, "every seat to be sold", func() bool {
		return people.Stats().Arrived == buyers && len(house.owners()) == house.size
	})
	t.Logf("sold out after %v: %+v", time.Since(began).Round(time.Second), people.Stats())
	stop()
	h.seen("sold out", func(s status) bool { return s.SoldOut })
	people.Stop()
	house.comesToRest()
	t.Logf("at rest after %v", time.Since(began).Round(time.Second))

	for _, name := range sellers() {
		if c.Lambda.Stats()[name].Errors == before[name].Errors {
			t.Errorf("no invocation of %s failed: nothing was tried", name)
		}
	}
	if s := people.Stats(); s.Failed > buyers/100 || s.Sales.Declined == 0 || s.Sales.Dropped == 0 || s.Sales.Lost == 0 {
		t.Errorf("the crowd: %+v", s)
	}
	house.check()
	checkLog(t, h)
}

// sellers is every function that a sale needs.
func sellers() (names []string) {
	for _, f := range topology.Functions {
		if f.Rotation == 0 && f.Name != "view" {
			names = append(names, f.Name)
		}
	}
	return names
}

// house is a hall that sells seats, as an auditor sees it.
type house struct {
	*hall
	*audit.Books
	size int
}

// audited is the hall as an auditor reads it.
func (h *hall) audited() *house {
	h.t.Helper()
	c := cloud
	books := audittest.Open(h.t, audittest.Places{
		DB: c.Dynamo, Prefix: c.Prefix, Provider: c.Provider.Base(), PayKeys: c.Secrets.Get(local.PayKeysID),
		Ledger: c.Ledger,
	})
	o, err := books.Maps.Overview(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	return &house{hall: h, Books: books, size: o.Size()}
}

// owners is by which order each sold seat is taken.
func (h *house) owners() map[string]string {
	h.t.Helper()
	all, err := h.Taken(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	by := map[string]string{}
	for _, one := range all {
		by[one.Seat] = one.Order
	}
	return by
}

// orders is every order of the house.
func (h *house) orders() []order.Order {
	h.t.Helper()
	all, err := h.Orders(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// comesToRest waits until no order waits for anything and all work that follows from them is done. The sweeper is sent
// much more often than once a minute, and what was received too often, since its functions were killed, is redriven.
func (h *house) comesToRest() {
	h.t.Helper()
	swept := time.Time{}
	until(h.t, 3*time.Minute, "every order to have come to its end", func() bool {
		if time.Since(swept) > 2*time.Second {
			swept = time.Now()
			cloud.Lambda.InvokeAsync("sweep", scheduled)
		}
		return !slices.ContainsFunc(h.orders(), order.Order.Open)
	})
	until(h.t, 3*time.Minute, "the queues to be empty", func() bool {
		left := 0
		for _, q := range topology.Queues {
			left += cloud.Queues.Redrive(q.Name) + cloud.Queues.Depth(q.Name)
		}
		return left == 0
	})
	sold := len(h.owners())
	until(h.t, 3*time.Minute, "every seat to be in the ledger, and its ticket in the mail", func() bool {
		rows, err := h.Entries(h.t.Context(), h.name)
		if err != nil {
			h.t.Fatal(err)
		}
		return len(rows) >= sold && !slices.ContainsFunc(h.orders(), func(o order.Order) bool {
			return o.State == order.Paid && len(cloud.Mailbox.Mails(o.Email)) == 0
		})
	})
}

// check holds everything against everything else.
func (h *house) check() {
	h.t.Helper()
	audittest.Agree(h.t, h, h.name, time.Now())
	taken := h.owners()
	if len(taken) != h.size {
		h.t.Errorf("%d of %d seats are sold", len(taken), h.size)
	}
	states, reasons := map[order.State]int{}, map[order.Reason]int{}
	has := map[string]int{} // seats, by buyer and by mailbox
	var income int64
	for _, o := range h.orders() {
		states[o.State]++
		reasons[o.Reason]++
		h.checkMoney(o)
		if o.State != order.Paid {
			continue
		}
		income += o.Amount
		has["buyer "+o.Buyer.String()] += o.Seats()
		has["mailbox "+order.NormalEmail(o.Email)] += o.Seats()
		for _, l := range o.Lines {
			if taken[l.Seat] != o.ID {
				h.t.Errorf("order %s is paid and its seat %s is taken by %q", o.ID, l.Seat, taken[l.Seat])
			}
			delete(taken, l.Seat)
		}
	}
	for seat, by := range taken {
		h.t.Errorf("seat %s is taken by %q, which isn't paid, or was sold before", seat, by)
	}
	for who, n := range has {
		if n > perBuyer {
			h.t.Errorf("%s has %d seats, more than %d", who, n, perBuyer)
		}
	}
	h.t.Logf("orders %v, ended by %v, income %d", states, reasons, income)
	for _, s := range []order.State{order.Paid, order.Expired, order.Cancelled} {
		if states[s] == 0 {
			h.t.Errorf("no order ended %s: too little was tried", s)
		}
	}
}

// checkMoney holds an order against the provider's own record.
func (h *house) checkMoney(o order.Order) {
	h.t.Helper()
	money, captures := cloud.Provider.Money(o.ID), cloud.Provider.Calls("capture", o.ID)
	charged := slices.Contains(money, "succeeded")
	if len(money) > 1 || slices.Contains(money, "requires_capture") || charged != (o.State == order.Paid) || captures > 1 {
		h.t.Errorf("order %s is %s; the provider says %q after %d captures", o.ID, o.State, money, captures)
	}
	if o.Open() {
		h.t.Errorf("order %s is still %s", o.ID, o.State)
	}
}
