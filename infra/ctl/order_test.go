package main

import (
	"context"
	"fmt"
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

func (c *cashbox) ByNumber(_ context.Context, number string) (string, error) {
	if number != c.order.Number {
		return "", problem.New(problem.NotFound, "there is no order %s", number)
	}
	return c.order.ID, nil
}

func (c *cashbox) ByEmail(context.Context, string, int) ([]string, error) { return nil, nil }

func (c *cashbox) Made(context.Context, string, time.Time, time.Time, int) ([]string, error) {
	return nil, nil
}

func (c *cashbox) Refund(context.Context, string) (order.Order, error) {
	return c.step(order.Event{Kind: order.RefundAll})
}

func (c *cashbox) RefundSeats(_ context.Context, _ string, r checkout.SeatsRefund) (order.Order, error) {
	return c.step(order.Event{Kind: order.RefundSeats, Seats: r.Seats, ToHouse: r.ToHouse,
		AlreadyRefunded: r.AlreadyRefunded})
}

func (c *cashbox) Erase(context.Context, string) (order.Order, error) {
	next, _, err := order.Step(c.order, order.Event{Kind: order.Erase}, noon)
	if err == nil {
		c.order = next
	}
	return c.order, err
}

func newCashbox() *cashbox {
	return &cashbox{order: order.Order{
		ID: "o1", Number: "K7M2P9QX4R", Version: 1, Zone: "main", State: order.Paid,
		PaidAt: noon, CreatedAt: noon, Amount: 7500,
		Currency: "eur",
		Name:     "Ada", Email: "ada@example.com",
		Lines: []order.Line{{Seat: "A-1-1", Price: 5000}, {Seat: "A-1-2", Price: 2500}},
	}}
}

func TestAnOperatorRefundsSeatsAndOrders(t *testing.T) {
	d, box := newDesk(t), newCashbox()
	d.sold.till = box
	got := d.says("order o1", "order K7M2P9QX4R, zone main: paid, €75, made 2026-05-01T12:00:00Z\n"+
		"  A-1-1  €50\n  A-1-2  €25\n")
	if strings.Contains(got, "Ada") || strings.Contains(got, "ada@") {
		t.Errorf("it names the buyer: %s", got)
	}
	d.says("order k7m2-p9qx-4r", "order K7M2P9QX4R, zone main: paid")
	d.says("refund K7M2P9QX4R A-1-1 --dry-run", "give back €50 to the buyer, seats of order K7M2P9QX4R: A-1-1")
	d.says("order K7M2P9QX4X", "error: there is no order K7M2P9QX4X")
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
	d.says("refund o1 --yes", "order K7M2P9QX4R, zone main: refunded (refund)")
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
	d.says("ticket verify "+code(o.Number, "A-1-2"), "good")
	d.says("ticket verify --online "+code(o.Number, "A-1-1"), "good")
	d.says("ticket verify --online "+code(o.Number, "A-1-2"), "REFUSED  seat A-1-2 was refunded")
	d.says("ticket verify --online "+code("K7M2P9QX4R", "A-1-2"), "REFUSED  there is no order K7M2P9QX4R")

	list := filepath.Join(t.TempDir(), "denied.csv")
	given := func(text string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"as exported":                     "number,seat,refunded_at\r\n#,A-1-2,2026-05-01T12:00:00.000Z\r\n",
		"with Excel's mark, semicolons":   "\ufeffnumber;seat;refunded_at\r\n#;A-1-2;01.05.2026 12:00\r\n;;\r\n",
		"with tabs, and a column more":    "refunded_at\tnote\tseat\tnumber\n\t\"a \"\"b\"\"\"\tA-1-2\t#\n",
		"with a line that names the sign": "sep=;\r\nnumber;seat\r\n#;A-1-2\r\n",
	} {
		given(strings.ReplaceAll(text, "#", o.Number))
		t.Log(name)
		d.says("ticket verify --denied "+list+" "+code(o.Number, "A-1-2"), "REFUSED  seat A-1-2 was refunded")
		d.says("ticket verify --denied "+list+" "+code("K7M2P9QX4R", "A-1-2"), "good")
	}
	for text, says := range map[string]string{
		"seat,section\r\n":       "denied.csv has no columns number and seat: it is not what ledger export denied writes",
		"":                       "denied.csv has no columns number and seat",
		"number;seat\r\nK7;\r\n": "denied.csv: line 2 has no number or no seat",
		"number,seat\r\n\"K7":    "denied.csv is no CSV: ",
		"\xff\xfen\x00u\x00":     "denied.csv is in UTF-16: save it as CSV in UTF-8",
	} {
		given(text)
		d.says("ticket verify --denied "+list+" "+code(o.Number, "A-1-1"), says)
	}
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

func TestOrdersAreFoundByNumberAddressAndTime(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main --title Concert", "")
	var made []order.Order
	for i := range 3 {
		o, err := order.New(order.Draft{
			ID: fmt.Sprintf("%032x", i), Zone: "main", Buyer: queue.VisitorID{byte(i + 1)}, Email: "a.da@gmail.com",
			Name: "Ada", Limit: 8, Currency: "eur", PayBy: noon.Add(time.Hour),
			Lines: []order.Line{{Seat: fmt.Sprint("A-1-", i), Price: 4550}},
		}, noon.Add(time.Duration(i-3)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.cloud.Orders().Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		made = append(made, o)
	}
	line := func(i int) string {
		return made[i].Number + "  " + made[i].CreatedAt.Format(time.RFC3339) + "  zone main  1 seat  pending  €45.50\n"
	}
	for _, one := range [][2]string{
		{"order find " + strings.ToLower(made[1].Number), line(1)},
		{"order find --zone main --email Ada+x@googlemail.com", line(2) + line(1) + line(0)},
		{"order find --zone main --email ada@gmail.com --to 2026-05-01T10:30:00Z", line(1) + line(0)},
		{"order find --zone main --from 2026-05-01T10:00:00Z --to 2026-05-01T11:00:00Z", line(1)},
		{"order find --zone main --from 2026-05-01T00:00:00Z --limit 1", line(2)},
		{"order find --zone main --email eve@example.com", "error: no such order is found in zone main"},
		{"order find --zone main --email eve", "error: email is not an address"},
		{"order find --zone mian --email eve@example.com", `error: there is no zone "mian"`},
		{"order find K7M2P9QX4R", "error: there is no order K7M2P9QX4R"},
		{"order find 12", `error: "12" is no order number`},
		{"order find", "error: say what to find"},
		{"order find --zone main", "error: say what to find"},
		{"order find --email ada@gmail.com", "error: say what to find"},
		{"order find K7M2P9QX4R --zone main", "error: a number finds one order"},
		{"--json order find --zone main --from 2026-05-01T10:00:00Z --to 2026-05-01T11:00:00Z",
			`"number": "` + made[1].Number + `"`},
	} {
		command, want := one[0], one[1]
		got := d.says(command, want)
		more := len(got) > len(want) && got[0] != 'e' && !strings.HasPrefix(command, "--json")
		if more || strings.Contains(got, "Ada") {
			t.Errorf("%s says more: %s", command, got)
		}
	}
}
