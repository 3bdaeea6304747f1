package order_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// payTime is how long the buyer of these tests has to pay.
const payTime = 10 * time.Minute

const id = "00112233445566778899aabbccddeeff"

// inState returns an order of 80.00 EUR that reached a state in the usual way; why is the reason if it has ended.
func inState(t *testing.T, s order.State, why order.Reason) order.Order {
	t.Helper()
	o, err := order.New(order.Draft{
		ID: id, Zone: "main", Buyer: queue.VisitorID{7}, Secret: "s", Email: "ada@example.com", Name: "Ada",
		Lines:    []order.Line{{Section: "A", Seat: "A-1-1", Price: 5000}, {Section: "A", Seat: "A-1-2", Price: 3000}},
		Currency: "eur", Limit: 2, Site: "https://tickets.example.com", PayBy: noon.Add(payTime),
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	o.Session, o.URL = "cs_1", "https://pay.example.com/1"
	o.State, o.Reason = s, why
	return o
}

func money(s order.PaymentState) order.Payment {
	return order.Payment{Order: id, Session: "cs_1", ID: "pi_1", State: s, Amount: 8000, Currency: "eur"}
}

// Every state and every payment state that the provider can report, before the deadline.
func TestToldInEveryState(t *testing.T) {
	const no = order.None
	type want struct {
		state  order.State
		effect order.Effect
	}
	all := []order.PaymentState{
		order.PaymentUnpaid,
		order.PaymentAuthorised,
		order.PaymentCaptured,
		order.PaymentRefunded,
		order.PaymentCancelled,
	}
	for state, wants := range map[order.State][5]want{
		order.Pending: {
			{order.Pending, no}, {order.Pending, order.Settle}, {order.Pending, order.Settle}, {order.Refunded, no},
			{order.Cancelled, no},
		},
		order.Authorised: {
			{order.Authorised, no}, {order.Authorised, order.Capture}, {order.Paid, no}, {order.Refunded, no},
			{order.Cancelled, no},
		},
		order.Paid: {{order.Paid, no}, {order.Paid, no}, {order.Paid, no}, {order.Refunded, no}, {order.Paid, no}},
		order.Closing: {
			{order.Closing, order.Expire}, {order.Closing, order.Void}, {order.Closing, order.IssueRefund}, {order.Refunded, no},
			{order.Cancelled, no},
		},
		order.Expired: {
			{order.Expired, no}, {order.Closing, order.Void}, {order.Closing, order.IssueRefund}, {order.Refunded, no},
			{order.Expired, no},
		},
		order.Cancelled: {
			{order.Cancelled, no}, {order.Closing, order.Void}, {order.Closing, order.IssueRefund}, {order.Refunded, no},
			{order.Cancelled, no},
		},
		order.Refunded: {
			{order.Refunded, no}, {order.Refunded, no}, {order.Refunded, no}, {order.Refunded, no}, {order.Refunded, no},
		},
	} {
		for i, w := range wants {
			t.Run(fmt.Sprintf("%s, money %s", state, all[i]), func(t *testing.T) {
				before := inState(t, state, "")
				after, effect, err := order.Step(
					before,
					order.Event{Kind: order.PaymentSeen, Payment: money(all[i])},
					noon.Add(time.Minute),
				)
				if err != nil || after.State != w.state || effect != w.effect {
					t.Fatalf("%s, then %q, error %v; want %s, then %q", after.State, effect, err, w.state, w.effect)
				}
				again, effect, err := order.Step(
					after,
					order.Event{Kind: order.PaymentSeen, Payment: money(all[i])},
					noon.Add(time.Minute),
				)
				if err != nil || again.Version != after.Version || effect != w.effect {
					t.Errorf("repeated: version %d after %d, then %q, error %v", again.Version, after.Version, effect, err)
				}
				if changed := after.Version != before.Version; changed != !cmp.Equal(before, after) {
					t.Errorf("version %d after %d", after.Version, before.Version)
				}
			})
		}
	}
}

func TestEveryOtherEventInEveryState(t *testing.T) {
	late := payTime + order.Grace
	for _, c := range []struct {
		name   string
		event  order.Event
		at     time.Duration
		want   map[order.State]order.State // where it changes
		effect map[order.State]order.Effect
		fails  []order.State
	}{
		{
			name: "settled", event: order.Event{Kind: order.Settled},
			want: map[order.State]order.State{order.Pending: order.Authorised},
		},
		{
			name: "seats lost", event: order.Event{Kind: order.LostSeat},
			want: map[order.State]order.State{order.Pending: order.Closing},
		},
		{
			name: "cancelled", event: order.Event{Kind: order.Cancel, Reason: order.ByBuyer},
			want: map[order.State]order.State{order.Pending: order.Closing}, fails: []order.State{order.Authorised, order.Paid},
		},
		{
			name: "refunded", event: order.Event{Kind: order.RefundAll},
			effect: map[order.State]order.Effect{order.Paid: order.IssueRefund},
			fails:  []order.State{order.Pending, order.Authorised, order.Closing, order.Expired, order.Cancelled},
		},
		{name: "1 ms before the grace is over", event: order.Event{Kind: order.Tick}, at: late - time.Millisecond},
		{
			name: "the grace is over", event: order.Event{Kind: order.Tick}, at: late,
			want: map[order.State]order.State{order.Pending: order.Closing},
		},
		{name: "stalled", event: order.Event{Kind: order.Stalled}},
		{name: "opened again", event: order.Event{Kind: order.Opened, Session: "cs_1", URL: "https://pay.example.com/1"}},
		{name: "opened twice", event: order.Event{Kind: order.Opened, Session: "cs_2"}, fails: everyState},
	} {
		for _, state := range everyState {
			t.Run(c.name+" when "+string(state), func(t *testing.T) {
				want := state
				if to, changes := c.want[state]; changes {
					want = to
				}
				o, effect, err := order.Step(inState(t, state, ""), c.event, noon.Add(c.at))
				if o.State != want || effect != c.effect[state] || (err != nil) != slices.Contains(c.fails, state) {
					t.Errorf("%s, then %q, error %v; want %s, then %q", o.State, effect, err, want, c.effect[state])
				}
			})
		}
	}
}

var everyState = []order.State{
	order.Pending,
	order.Authorised,
	order.Paid,
	order.Closing,
	order.Expired,
	order.Cancelled,
	order.Refunded,
}

func TestTheDeadline(t *testing.T) {
	unopened := inState(t, order.Pending, "")
	unopened.Session = ""
	told := func(s order.PaymentState) order.Event { return order.Event{Kind: order.PaymentSeen, Payment: money(s)} }
	for _, c := range []struct {
		name   string
		order  order.Order
		event  order.Event
		at     time.Duration
		state  order.State
		effect order.Effect
	}{
		{
			"1 ms before", inState(t, order.Pending, ""), told(order.PaymentUnpaid), payTime - time.Millisecond, order.Pending,
			order.None,
		},
		{"at it", inState(t, order.Pending, ""), told(order.PaymentUnpaid), payTime, order.Closing, order.Expire},
		{
			"who has paid by then still buys", inState(t, order.Pending, ""), told(order.PaymentAuthorised), time.Hour,
			order.Pending, order.Settle,
		},
		{
			"nothing was charged", inState(t, order.Pending, ""), told(order.PaymentCancelled), payTime, order.Expired,
			order.None,
		},
		{
			"closed by it, it expires", inState(t, order.Closing, order.ByDeadline), told(order.PaymentCancelled), payTime,
			order.Expired, order.None,
		},
		{
			"closed by the buyer, it is cancelled", inState(t, order.Closing, order.ByBuyer), told(order.PaymentCancelled),
			payTime, order.Cancelled, order.None,
		},
		{
			"nobody was sent to pay, 1 ms before", unopened, order.Event{Kind: order.Tick}, payTime - time.Millisecond,
			order.Pending, order.None,
		},
		{"nobody was sent to pay", unopened, order.Event{Kind: order.Tick}, payTime, order.Closing, order.None},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, effect, err := order.Step(c.order, c.event, noon.Add(c.at))
			if err != nil || o.State != c.state || effect != c.effect {
				t.Errorf("%s, then %q, error %v; want %s, then %q", o.State, effect, err, c.state, c.effect)
			}
		})
	}
}

// A payment of another amount, currency or order never buys anything: it is voided or refunded.
func TestMoneyThatIsNotOurs(t *testing.T) {
	for _, state := range []order.State{order.Pending, order.Authorised} {
		for name, change := range map[string]func(*order.Payment){
			"a cent less":      func(p *order.Payment) { p.Amount-- },
			"a cent more":      func(p *order.Payment) { p.Amount++ },
			"another currency": func(p *order.Payment) { p.Currency = "usd" },
		} {
			for stands, effect := range map[order.PaymentState]order.Effect{
				order.PaymentAuthorised: order.Void, order.PaymentCaptured: order.IssueRefund,
			} {
				money := money(stands)
				change(&money)
				o, got, err := order.Step(inState(t, state, ""), order.Event{Kind: order.PaymentSeen, Payment: money}, noon)
				if err != nil || o.State != order.Closing || o.Reason != order.ByMismatch || got != effect {
					t.Errorf("%s of %s when %s: %s, then %q, error %v", name, money.State, state, o.State, got, err)
				}
			}
		}
	}
	for _, state := range everyState {
		foreign := money(order.PaymentAuthorised)
		foreign.Order = "another"
		before := inState(t, state, "")
		o, effect, err := order.Step(before, order.Event{Kind: order.PaymentSeen, Payment: foreign}, noon)
		if !errors.Is(err, order.ErrForeign) || effect != order.None || !cmp.Equal(before, o) {
			t.Errorf("another order's payment when %s: %s, then %q, error %v", state, o.State, effect, err)
		}
	}
}

func TestACheckoutThatIsFoundAfterTheEndIsEndedToo(t *testing.T) {
	for _, state := range everyState {
		o := inState(t, state, order.ByDeadline)
		o.Session = ""
		o, _, err := order.Step(o, order.Event{Kind: order.Opened, Session: "cs_1"}, noon)
		want := state
		if state == order.Expired || state == order.Cancelled || state == order.Refunded {
			want = order.Closing
		}
		if err != nil || o.Session != "cs_1" || o.State != want {
			t.Errorf("opened when %s: %s, session %q, error %v", state, o.State, o.Session, err)
		}
	}
}

func TestARefundIsAskedForOnceAndDrivenUntilItIsDone(t *testing.T) {
	o := inState(t, order.Paid, "")
	for range 2 {
		var effect order.Effect
		var err error
		if o, effect, err = order.Step(o, order.Event{Kind: order.RefundAll}, noon); err != nil ||
			effect != order.IssueRefund ||
			!o.Open() ||
			o.Version != 2 {
			t.Fatalf("%+v, then %q, error %v", o, effect, err)
		}
	}
	if _, effect, _ := order.Step(
		o, order.Event{Kind: order.PaymentSeen, Payment: money(order.PaymentCaptured)}, noon,
	); effect != order.IssueRefund {
		t.Errorf("then %q", effect)
	}
	o, _, err := order.Step(o, order.Event{Kind: order.PaymentSeen, Payment: money(order.PaymentRefunded)}, noon)
	if err != nil || o.State != order.Refunded || o.Open() || o.Takes() || o.Counts() || !o.EndedAt.Equal(noon) {
		t.Errorf("%+v, error %v", o, err)
	}
}

func TestStalledLooksComeRarerButNoneLeavesAnOrderPendingPastItsGrace(t *testing.T) {
	for _, c := range []struct {
		state order.State
		at    time.Duration
		want  []time.Duration
	}{
		{order.Authorised, 0, []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute}},
		{
			order.Pending, payTime + order.Grace - 45*time.Second,
			[]time.Duration{30 * time.Second, 45 * time.Second, 45 * time.Second},
		},
		{order.Paid, 0, []time.Duration{0}},
	} {
		o := inState(t, c.state, "")
		o.Due = noon.Add(c.at)
		for i, want := range c.want {
			var err error
			if o, _, err = order.Step(o, order.Event{Kind: order.Stalled}, noon.Add(c.at)); err != nil ||
				o.Due.Sub(noon) != c.at+want {
				t.Errorf("%s, look %d: in %v, want %v, error %v", c.state, i, o.Due.Sub(noon)-c.at, want, err)
			}
		}
	}
	o := inState(t, order.Closing, "")
	for range 100 {
		o, _, _ = order.Step(o, order.Event{Kind: order.Stalled}, noon)
	}
	if pause := o.Due.Sub(noon); pause != time.Hour {
		t.Errorf("a pause of %v", pause)
	}
	if o, _, _ = order.Step(
		o, order.Event{Kind: order.PaymentSeen, Payment: money(order.PaymentCancelled)}, noon,
	); o.Tries != 0 {
		t.Errorf("%d tries after it went on", o.Tries)
	}
}

func TestNewOrders(t *testing.T) {
	draft := order.Draft{
		ID:    id,
		Lines: []order.Line{{Seat: "A-1-1", Price: 1}},
		Email: "a@b.c",
		Limit: 1,
		PayBy: noon.Add(time.Minute),
	}
	for _, c := range []struct {
		name   string
		change func(*order.Draft)
		want   problem.Code
	}{
		{"one seat", func(*order.Draft) {}, ""},
		{"no seats", func(d *order.Draft) { d.Lines = nil }, problem.NoSeats},
		{"over the limit", func(d *order.Draft) { d.Limit = 0 }, problem.Limit},
		{"no time left", func(d *order.Draft) { d.PayBy = noon }, problem.NoSeats},
	} {
		d := draft
		c.change(&d)
		if _, err := order.New(d, noon); problem.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
