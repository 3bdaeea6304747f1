package saletest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

// Orders runs the contract of order.Store, whose transactions take seats of seat.Store.
func Orders(t *testing.T, fresh func(*testing.T) (order.Store, seat.Store)) {
	for name, story := range map[string]func(*testing.T, order.Store, seat.Store){
		"an order is kept as made":                              orderIsKept,
		"an order is made once":                                 orderMadeOnce,
		"an address buys up to its limit":                       addressLimit,
		"an address buys up to the limit of each price type":    addressTypeLimit,
		"an order is saved on its version":                      orderVersion,
		"the latest order of a buyer":                           latestOrder,
		"an order follows its buyer's latest one, once":         followedOnce,
		"a number is given once, and finds its order":           numberFinds,
		"orders are found by address and by time":               foundByPeople,
		"orders are found by a corrected address":               foundByCorrection,
		"open orders are found when they are due":               dueOrders,
		"open orders tell since when they wait":                 waitingOrders,
		"seats are taken with the order, all or nothing":        seatsWithOrder,
		"seats that are lost leave everything as it was":        seatsLost,
		"seats are given back with the order":                   seatsBack,
		"single seats are given back":                           someSeatsBack,
		"of two orders for the same seats one gets them":        oneOrderOfTwo,
		"of ten savers of one version one wins":                 oneOfTenOrders,
		"ten hands that settle one order take its seats once":   settledOnce,
		"of two hands that do the same one is told":             sameTwice,
		"of ten orders of one address no more than the limit":   tenOrdersOfOneAddress,
		"a buyer buys up to the limit, whatever the seats held": buyerLimit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			orders, seats := fresh(t)
			story(t, orders, seats)
		})
	}
}

// anOrder is the n-th order of the n-th visitor for the seats, which their address may have two of.
func anOrder(t *testing.T, n int, seats ...string) order.Order {
	t.Helper()
	d := order.Draft{
		ID: fmt.Sprintf("%032x", n), Zone: "main", Buyer: contract.Visitor(n).Visitor(), Secret: order.LinkKey{1}.Secret("x"),
		Email: fmt.Sprintf("ada%d@example.com", n), Name: "Ada “🎷” Lovelace", Currency: "eur", Limit: 2,
		Site: "https://tickets.example.com", Event: "The Night Ferries",
		Seller: "Hall Ltd", VATID: "DE123456789", Request: "r", PayBy: contract.After(600_000),
	}
	for i, id := range seats {
		d.Lines = append(
			d.Lines,
			order.Line{
				Section: "A", Seat: id, Label: seat.Label{Section: "Stalls, left", Row: "1", Seat: id}, Category: "c1",
				Type: "child", TypeName: "Child", Most: 4,
				Price: int64(1000 + i), VAT: 700,
			},
		)
	}
	o, err := order.New(d, contract.After(n))
	contract.Must(t, err)
	return o
}

// lock makes the order's buyer hold its seats.
func lock(t *testing.T, seats seat.Store, o order.Order) {
	t.Helper()
	s := order.Settlement(o)
	h, err := seats.Hold(t.Context(), s.Zone, s.Buyer)
	contract.Must(t, err)
	plan, err := h.Choose(
		s.Seats,
		seat.Rules{PerBuyer: seat.MaxPerBuyer, LockFor: time.Minute, HoldMost: time.Hour, Session: contract.After(7_200_000)},
		contract.After(0),
	)
	contract.Must(t, err)
	contract.Must(t, seats.Lock(t.Context(), plan))
}

// step is an order after an event.
func step(t *testing.T, o order.Order, e order.Event) order.Order {
	t.Helper()
	next, _, err := order.Step(o, e, contract.After(1000))
	contract.Must(t, err)
	return next
}

func stored(t *testing.T, orders order.Store, id string) order.Order {
	t.Helper()
	o, err := orders.Get(t.Context(), id)
	contract.Must(t, err)
	return o
}

func hasCode(code problem.Code) func(error) bool {
	return func(err error) bool { return problem.CodeOf(err) == code }
}

func wantCode(t *testing.T, what string, err error, code problem.Code) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

// owners returns the order that has each of the section's seats.
func owners(t *testing.T, seats seat.Store) map[string]string {
	t.Helper()
	all, err := seats.Snapshot(t.Context(), "main", "A")
	contract.Must(t, err)
	taken := map[string]string{}
	for _, s := range all {
		if s.Order != "" {
			taken[s.ID] = s.Order
		}
	}
	return taken
}

var (
	settled   = order.Event{Kind: order.Settled}
	cancelled = order.Event{Kind: order.Cancel, Reason: order.ByBuyer}
	ended     = order.Event{Kind: order.PaymentSeen, Payment: order.Payment{State: order.PaymentCancelled}}
)

func orderIsKept(t *testing.T, orders order.Store, _ seat.Store) {
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	contract.Must(t, orders.Create(t.Context(), o))
	contract.Same(t, "the order as made", stored(t, orders, o.ID), o)
	full := o
	full.Version, full.State, full.Reason = 2, order.Closing, order.BySeats
	full.Session, full.URL, full.Payment = "cs_1", "https://x.example", "pi_1"
	full.Tries, full.Due, full.AuthorisedAt = 3, contract.After(1), contract.After(2)
	full.PaidAt, full.RefundAt, full.EndedAt = contract.After(3), contract.After(4), contract.After(5)
	full.UsedKeys, full.Refusal = 2, "email_invalid customer_email"
	full.FailedRefunds = []order.FailedRefund{
		{ID: "re_1", Amount: 7, At: contract.After(6)},
		{
			ID: "re_2", Number: 1, Seats: []string{"A-1-1"}, Amount: 8, At: contract.After(6),
			AskedAt: contract.After(7), RefundedTotal: 9, DoneAt: contract.After(8),
		},
	}
	contract.Must(t, orders.Save(t.Context(), o, full))
	contract.Same(t, "the order with every field", stored(t, orders, o.ID), full)
	_, err := orders.Get(t.Context(), "none")
	wantCode(t, "an order that was never made", err, problem.NotFound)
}

func orderMadeOnce(t *testing.T, orders order.Store, _ seat.Store) {
	o := anOrder(t, 1, "A-1-1", "A-1-2")
	for range 3 {
		contract.Must(t, orders.Create(t.Context(), o))
	}
	other := o
	other.Request = "another"
	wantCode(t, "another of that id", orders.Create(t.Context(), other), problem.Conflict)
	contract.Same(t, "the order", stored(t, orders, o.ID), o)
}

func addressLimit(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	first, second, third := anOrder(t, 1, "A-1-1"), anOrder(t, 2, "A-1-2"), anOrder(t, 3, "A-1-3")
	second.EmailHash, third.EmailHash = first.EmailHash, first.EmailHash
	contract.Must(t, orders.Create(ctx, first))
	contract.Must(t, orders.Create(ctx, second))
	wantCode(t, "a third seat", orders.Create(ctx, third), problem.Limit)
	_, err := orders.Get(ctx, third.ID)
	wantCode(t, "the order that was refused", err, problem.NotFound)
	contract.Must(t, orders.Create(ctx, anOrder(t, 4, "A-1-3")))

	closing := step(t, first, cancelled)
	contract.Must(t, orders.Save(ctx, first, closing))
	contract.Must(t, orders.Save(ctx, first, closing))
	contract.Must(t, orders.Create(ctx, third))
	contract.Must(t, orders.Save(ctx, closing, step(t, closing, ended)))
	fourth := anOrder(t, 5, "A-1-4")
	fourth.EmailHash = first.EmailHash
	wantCode(t, "one more after the end of the first", orders.Create(ctx, fourth), problem.Limit)
	many := anOrder(t, 6, "A-1-1", "A-1-2")
	many.Limit = 1
	wantCode(t, "more than the limit at once", orders.Create(ctx, many), problem.Limit)
}

// Children of a buyer with several visitors' tokens count together, as all seats do.
func addressTypeLimit(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	at := func(n int, kind string, most int, seats ...string) order.Order {
		o := anOrder(t, n, seats...)
		o.Limit, o.EmailHash = 8, "one buyer"
		for i := range o.Lines {
			o.Lines[i].Type, o.Lines[i].Most = kind, most
		}
		return o
	}
	first, adults := at(1, "child", 2, "A-1-1"), at(2, seat.Standard, 0, "A-1-2", "A-1-3")
	contract.Must(t, orders.Create(ctx, first))
	contract.Must(t, orders.Create(ctx, adults))
	many := at(3, "child", 2, "A-1-4", "A-1-5")
	for range 2 {
		err := orders.Create(ctx, many)
		var limit *problem.Error
		if !errors.As(err, &limit) || limit.Code != problem.Limit || limit.Field != "types" {
			t.Fatalf("a third child: %v", err)
		}
	}
	contract.Must(t, orders.Create(ctx, at(4, "senior", 2, "A-1-6", "A-1-7")))
	second := at(5, "child", 2, "A-1-4")
	contract.Must(t, orders.Create(ctx, second))
	wantCode(t, "one more", orders.Create(ctx, at(6, "child", 2, "A-1-5")), problem.Limit)
	contract.Must(t, orders.Save(ctx, first, step(t, first, cancelled)))
	contract.Must(t, orders.Create(ctx, at(7, "child", 2, "A-1-5")))
	contract.Must(t, orders.Create(ctx, at(9, "senior", 0, "A-1-6"))) // a type without a limit of its own
	wantCode(t, "more at once than the type allows", orders.Create(ctx, at(8, "dog", 1, "A-1-8", "A-1-9")), problem.Limit)
	_, err := orders.Get(ctx, many.ID)
	wantCode(t, "the order that was refused", err, problem.NotFound)
	made := 0
	for _, err := range contract.Race(6, func(i int) error {
		return orders.Create(ctx, at(20+i, "member", 1, fmt.Sprintf("A-2-%d", i)))
	}) {
		if err == nil {
			made++
		} else {
			wantCode(t, "another member", err, problem.Limit)
		}
	}
	contract.Same(t, "members of a type for one", made, 1)
}

func orderVersion(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	one := anOrder(t, 1, "A-1-1")
	contract.Must(t, orders.Create(ctx, one))
	two := step(t, one, order.Event{Kind: order.Opened, Session: "cs_1", URL: "u"})
	three := step(t, two, cancelled)
	other := two
	other.URL = "v"
	wantCode(t, "a version too far", orders.Save(ctx, two, three), problem.Conflict)
	contract.Must(t, orders.Save(ctx, one, two))
	contract.Must(t, orders.Save(ctx, one, two))
	wantCode(t, "another of the same version", orders.Save(ctx, one, other), problem.Conflict)
	contract.Must(t, orders.Save(ctx, two, three))
	wantCode(t, "one that was", orders.Save(ctx, one, two), problem.Conflict)
	contract.Same(t, "the order", stored(t, orders, one.ID), three)
	missing := anOrder(t, 2, "A-1-1")
	wantCode(t, "an order that isn't there", orders.Save(ctx, missing, step(t, missing, cancelled)), problem.Conflict)
}

func latestOrder(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	first := anOrder(t, 1, "A-1-1")
	id, err := orders.Latest(ctx, "main", first.Buyer)
	contract.Must(t, err)
	contract.Same(t, "the latest before any", id, "")
	second := anOrder(t, 2, "A-1-2")
	second.Buyer, second.Follows = first.Buyer, first.ID
	for _, o := range []order.Order{first, second} {
		contract.Must(t, orders.Create(ctx, o))
		id, err = orders.Latest(ctx, "main", first.Buyer)
		contract.Must(t, err)
		contract.Same(t, "the latest", id, o.ID)
	}
	id, err = orders.Latest(ctx, "other", first.Buyer)
	contract.Must(t, err)
	contract.Same(t, "the latest in another zone", id, "")
}

func followedOnce(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	first := anOrder(t, 1, "A-1-1")
	stray := anOrder(t, 2, "A-1-2")
	stray.Buyer, stray.Follows = first.Buyer, first.ID
	wantCode(t, "an order that follows one that isn't there", orders.Create(ctx, stray), problem.Conflict)
	contract.Must(t, orders.Create(ctx, first))
	stray.Follows = ""
	wantCode(t, "another first order", orders.Create(ctx, stray), problem.Conflict)
	full := anOrder(t, 3, "A-1-3", "A-1-4")
	full.Buyer, full.EmailHash = first.Buyer, first.EmailHash
	wantCode(t, "a late one, over the limit", orders.Create(ctx, full), problem.Conflict)
	made := 0
	for i, err := range contract.Race(10, func(i int) error {
		o := anOrder(t, 10+i, fmt.Sprintf("A-1-%d", i))
		o.Buyer, o.Follows = first.Buyer, first.ID
		return orders.Create(ctx, o)
	}) {
		if err == nil {
			made++
			latest, err := orders.Latest(ctx, "main", first.Buyer)
			contract.Must(t, err)
			contract.Same(t, "the latest order", latest, fmt.Sprintf("%032x", 10+i))
		} else {
			wantCode(t, "one more that follows the first", err, problem.Conflict)
		}
	}
	contract.Same(t, "orders that follow the first", made, 1)
}

func dueOrders(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	for n, due := range []int{300, 100, 200, 400} {
		o := anOrder(t, n, "A-1-1")
		o.Due = contract.After(due)
		contract.Must(t, orders.Create(ctx, o))
	}
	elsewhere := anOrder(t, 9, "A-1-1")
	elsewhere.Zone, elsewhere.Due = "other", contract.After(1)
	contract.Must(t, orders.Create(ctx, elsewhere))
	last := stored(t, orders, fmt.Sprintf("%032x", 2))
	closing := step(t, last, cancelled)
	contract.Must(t, orders.Save(ctx, last, closing))
	contract.Must(t, orders.Save(ctx, closing, step(t, closing, ended)))
	for _, c := range []struct {
		at, limit int
		want      string
	}{{99, 10, ""}, {100, 10, "1"}, {300, 10, "1 0"}, {300, 1, "1"}, {1 << 30, 10, "1 0 3"}} {
		ids, err := orders.Due(ctx, "main", contract.After(c.at), c.limit)
		contract.Must(t, err)
		got := ""
		for i, id := range ids {
			if i > 0 {
				got += " "
			}
			got += id[31:]
		}
		contract.Same(t, fmt.Sprintf("up to %d due at %d", c.limit, c.at), got, c.want)
	}
}

func waitingOrders(t *testing.T, orders order.Store, _ seat.Store) {
	ctx := t.Context()
	first, second, elsewhere := anOrder(t, 1, "A-1-1"), anOrder(t, 2, "A-1-2"), anOrder(t, 3, "A-1-3")
	elsewhere.Zone = "other"
	for _, o := range []order.Order{first, second, elsewhere} {
		contract.Must(t, orders.Create(ctx, o))
	}
	closing := step(t, first, cancelled)
	contract.Must(t, orders.Save(ctx, first, closing))
	contract.Must(t, orders.Save(ctx, closing, step(t, closing, ended)))
	open, err := orders.ListOpen(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the open orders", open, []order.OpenOrder{{State: order.Pending, OverdueFrom: second.PayBy}})
}
