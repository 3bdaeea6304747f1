package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/ticket"
)

// cashbox is a till with one order; the money moves at once, unless the provider is down.
type cashbox struct {
	order order.Order
	down  bool
	dead  bool // the provider can't even be asked how the money stands, so that nothing is asked for
}

func (c *cashbox) step(e order.Event) (order.Order, error) {
	if c.dead {
		return c.order, pay.Unavailable(context.DeadlineExceeded, time.Second)
	}
	next, _, err := order.Step(c.order, e, noon)
	if err != nil {
		return c.order, err
	}
	c.order = next
	if c.down {
		return next, pay.Unavailable(context.DeadlineExceeded, time.Second)
	}
	back := next.RefundedTotal
	if _, amount := next.NextRefund(); amount > 0 {
		back += amount
	}
	money := order.Payment{State: order.PaymentCaptured, Amount: next.Amount, Currency: "eur", RefundedTotal: back}
	if back == next.Amount || !next.RefundAt.IsZero() {
		money.State, money.RefundedTotal = order.PaymentRefunded, next.Amount
	}
	c.order, _, err = order.Step(next, order.Event{Kind: order.PaymentSeen, Payment: money}, noon)
	return c.order, err
}

func (c *cashbox) Drive(_ context.Context, id, _ string) (order.Order, error) {
	if id != c.order.ID {
		return order.Order{}, problem.New(problem.NotFound, "there is no such order")
	}
	return c.step(order.Event{Kind: order.Tick})
}

func (c *cashbox) Get(_ context.Context, id string) (order.Order, error) {
	if id != c.order.ID {
		return order.Order{}, problem.New(problem.NotFound, "there is no such order")
	}
	return c.order, nil
}

func (c *cashbox) Refund(context.Context, string) (order.Order, error) {
	return c.step(order.Event{Kind: order.RefundAll})
}

func (c *cashbox) RefundSeats(_ context.Context, _ string, r checkout.SeatsRefund) (order.Order, error) {
	return c.step(order.Event{Kind: order.RefundSeats, Seats: r.Seats, ToHouse: r.ToHouse,
		AlreadyRefunded: r.AlreadyRefunded})
}

func newCashbox() *cashbox {
	return &cashbox{order: order.Order{
		ID: "o1", Version: 1, Zone: "main", State: order.Paid, PaidAt: noon, CreatedAt: noon, Amount: 7500,
		Currency: "eur",
		Name:     "Ada", Email: "ada@example.com",
		Lines: []order.Line{{Seat: "A-1-1", Price: 5000}, {Seat: "A-1-2", Price: 2500}},
	}}
}

func TestAnOperatorRefundsSeatsAndOrders(t *testing.T) {
	d, box := newDesk(t), newCashbox()
	d.sold.till = box
	got := d.says("order o1", "order o1, zone main: paid, €75, made 2026-05-01T12:00:00Z\n  A-1-1  €50\n  A-1-2  €25\n")
	if strings.Contains(got, "Ada") || strings.Contains(got, "ada@") {
		t.Errorf("it names the buyer: %s", got)
	}
	d.says("order o2", "error: there is no such order")
	d.says("refund o1 A-9-9 --yes", "error: seat A-9-9 is not of this order")
	d.says("refund o1 --to-house --yes", "error: name the seats")
	for range 2 {
		got := d.says("refund o1 A-1-2 --to-house --yes",
			"A-1-2  €25  refunded 2026-05-01T12:00:00Z\nthe provider gave back €25 of €75")
		if strings.Contains(got, "A-1-1  €50  refunded") {
			t.Errorf("the other seat, too: %s", got)
		}
	}
	if r := box.order.PartialRefunds; len(r) != 1 || !r[0].ToHouse {
		t.Errorf("returns %+v", r)
	}
	box.down = true
	d.says("refund o1 --yes", "A-1-1  €50  being refunded")
	d.says("refund o1 --yes", "the refund goes on by itself")
	d.says("order o1", "error: the payment provider was not heard")
	box.down = false
	d.says("refund o1 --yes", "order o1, zone main: refunded (refund)")
	d.says("refund o1 --yes", "the provider gave back €75 of €75")
}

// While the provider can't be asked, a refund isn't begun: an order that is open for another reason must not be taken
// for it.
func TestNobodyIsToldOfARefundThatWasNotBegun(t *testing.T) {
	d, box := newDesk(t), newCashbox()
	d.sold.till = box
	box.dead = true
	for _, command := range []string{"refund o1 --yes", "refund o1 A-1-1 --yes"} {
		d.says(command, "nothing was asked for")
	}
	box.dead, box.down = false, true
	d.says("refund o1 A-1-2 --yes", "the refund goes on by itself")
	box.down, box.dead = false, true
	d.says("refund o1 A-1-2 --yes", "the refund goes on by itself")
	for _, command := range []string{"refund o1 A-1-1 --yes", "refund o1 A-1-1 A-1-2 --yes", "refund o1 --yes"} {
		if got := d.says(command, "nothing was asked for"); strings.Contains(got, "goes on by itself") {
			t.Errorf("%s says %s", command, got)
		}
	}
}

func TestRefundedTicketsAreRefused(t *testing.T) {
	d := newDesk(t)
	var err error
	if d.sold.keys, err = ticket.ParseSecret(
		`{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`); err != nil {
		t.Fatal(err)
	}
	o, err := order.New(order.Draft{
		ID: "o1", Zone: "main", Buyer: queue.VisitorID{1}, Email: "ada@example.com", Limit: 2,
		PayBy: noon.Add(time.Hour),
		Lines: []order.Line{{Seat: "A-1-1"}, {Seat: "A-1-2"}},
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	o.State, o.PaidAt = order.Paid, noon
	o.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-2"}, AskedAt: noon}}
	if err := d.cloud.Orders().Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	code := func(id, seat string) string {
		text, err := d.sold.keys.Sign(ticket.Claim{Zone: "main", Order: id, Seat: seat})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	d.says("ticket verify "+code("o1", "A-1-2"), "good")
	d.says("ticket verify --online "+code("o1", "A-1-1"), "good")
	d.says("ticket verify --online "+code("o1", "A-1-2"), "REFUSED  seat A-1-2 was refunded")
	d.says("ticket verify --online "+code("o9", "A-1-2"), "REFUSED  there is no such order")

	list := filepath.Join(t.TempDir(), "denied.csv")
	if err := os.WriteFile(list, []byte("order,seat,refunded_at\r\no1,A-1-2,2026-05-01T12:00:00.000Z\r\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	d.says("ticket verify --denied "+list+" "+code("o1", "A-1-2"), "REFUSED  seat A-1-2 was refunded")
	d.says("ticket verify --denied "+list+" "+code("o2", "A-1-2"), "good")
	if err := os.WriteFile(list, []byte("seat,section\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.says("ticket verify --denied "+list+" "+code("o1", "A-1-1"), "is not what ledger export denied writes")
}

// A refund that came back is shown as owed, asked for once more with its sum, and shown as made again.
func TestARefundThatCameBackIsMadeAgain(t *testing.T) {
	d, box := newDesk(t), newCashbox()
	d.sold.till = box
	d.says("refund o1 --yes", "the provider gave back €75 of €75")
	box.order.FailedRefunds = []order.FailedRefund{
		{ID: "re_1", Seats: []string{"A-1-1", "A-1-2"}, Amount: 7500, At: noon},
	}
	for command, says := range map[string][]string{
		"order o1 --dry-run": {
			"the provider gave back €0 of €75", "the buyer's bank sent €75 back at 2026-05-01T12:00:00Z: the buyer is owed it",
		},
		"refund o1 --dry-run": {"give back €75 to the buyer"},
	} {
		for _, one := range says {
			d.says(command, one)
		}
	}
	box.down = true
	if got := d.says("refund o1 --yes", "it is being made again"); !strings.Contains(got, "the refund goes on by itself") {
		t.Errorf("it says %s", got)
	}
	box.down = false
	d.says("refund o1 --yes", "it was made again at 2026-05-01T12:00:00Z")
}
