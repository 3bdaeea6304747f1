package sale

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/feed"
	"foyer/internal/sale/dispatch"
	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/gatewaytest"
)

// office plays the queues, the mailer and the ledger: all fail for what is in bad.
type office struct {
	*testing.T
	mu     sync.Mutex
	queued map[dispatch.Queue][]string
	mailed []string
	booked []order.Order
	bad    string
	out    bytes.Buffer
}

func (o *office) Send(_ context.Context, queue dispatch.Queue, bodies []string) []error {
	errs := make([]error, len(bodies))
	for i, body := range bodies {
		if o.bad != "" && (strings.Contains(body, o.bad) || string(queue) == o.bad) {
			errs[i] = errors.New("no")
			continue
		}
		o.queued[queue] = append(o.queued[queue], body)
	}
	return errs
}

func (o *office) SendMails(_ context.Context, id string) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id == o.bad {
		return 0, errors.New("no")
	}
	again := slices.Contains(o.mailed, id)
	if o.mailed = append(o.mailed, id); again {
		return 0, nil
	}
	return 1, nil
}

func (o *office) Book(_ context.Context, one order.Order) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if one.ID == o.bad {
		return 0, errors.New("no")
	}
	o.booked = append(o.booked, one)
	return one.Seats(), nil
}

func newOffice(t *testing.T) *office { return &office{T: t, queued: map[dispatch.Queue][]string{}} }

func decodeOrder(image json.RawMessage) (order.Order, error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return order.Order{}, err
	}
	return dynsale.DecodeOrder(item)
}

const boughtOrder = "ac492da52227059b3a1aefb9b31a120b"

func (o *office) dispatch(records ...json.RawMessage) []string {
	o.Helper()
	h := Dispatch{
		Log:     slog.New(slog.NewJSONHandler(&o.out, nil)),
		Queues:  o,
		Order:   decodeOrder,
		Metrics: &metrics.Recorder{Out: &o.out, Now: time.Now},
	}
	out, err := h.Handle(o.Context(), feed.StreamEvent{Records: records})
	if err != nil {
		o.Fatal(err)
	}
	failed := []string{}
	for _, f := range out.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed
}

func TestAPaidOrderGoesWholeToTheQueuesOfItsWork(t *testing.T) {
	o := newOffice(t)
	e := gatewaytest.Read[feed.StreamEvent](t, "dispatch-paid")
	if failed := o.dispatch(e.Records...); len(failed) != 0 {
		t.Fatalf("failed %v: %s", failed, o.out.String())
	}
	if len(o.queued) != 2 || len(o.queued[dispatch.Mails]) != 1 || o.queued[dispatch.Mails][0] != string(e.Records[0]) ||
		o.queued[dispatch.Bookings][0] != string(e.Records[0]) {
		t.Errorf("queued %v", o.queued)
	}
	if !strings.Contains(o.out.String(), `"OrdersPaid":1`) {
		t.Errorf("counted %s", o.out.String())
	}
}

func TestARecordFailsWhenAnyOfItsWorkIsNotQueued(t *testing.T) {
	good := gatewaytest.Read[feed.StreamEvent](t, "dispatch-paid")
	other := gatewaytest.Read[feed.StreamEvent](t, "dispatch-paid",
		"333000000000000000002", "7", boughtOrder, strings.Repeat("f", 32))
	malformed := json.RawMessage(
		`{"eventID":"x","eventName":"MODIFY","dynamodb":{"SequenceNumber":"8","NewImage":{"id":{"S":7}}}}`,
	)
	deleted := json.RawMessage(`{"eventID":"x","eventName":"REMOVE","dynamodb":{"SequenceNumber":"9"}}`)
	o := newOffice(t)
	o.bad = strings.Repeat("f", 32)
	if failed := o.dispatch(good.Records[0], other.Records[0], malformed, deleted); !slices.Equal(
		failed,
		[]string{"7", "8"},
	) {
		t.Errorf("failed %v", failed)
	}
	if len(o.queued[dispatch.Mails]) != 1 || strings.Contains(o.out.String(), "ada@") {
		t.Errorf("queued %v, log %s", o.queued, o.out.String())
	}
	if !strings.Contains(o.out.String(), `"OrdersPaid":1`) {
		t.Errorf("what comes again is counted: %s", o.out.String())
	}
	o = newOffice(t)
	o.bad = string(dispatch.Bookings)
	if failed := o.dispatch(good.Records...); len(failed) != 1 {
		t.Error("a booking that wasn't queued is forgotten")
	}
}

func (o *office) mail(e feed.JobEvent) []string {
	o.Helper()
	now := func() time.Time { return time.UnixMilli(1790000004000) }
	h := Mailer{
		Log:     slog.New(slog.NewJSONHandler(&o.out, nil)),
		Mails:   o,
		Order:   decodeOrder,
		Now:     now,
		Metrics: &metrics.Recorder{Out: &o.out, Now: now},
	}
	return o.failed(h.Handle(o.Context(), e))
}

func (o *office) book(e feed.JobEvent) []string {
	o.Helper()
	now := func() time.Time { return time.UnixMilli(1790000004000) }
	h := Bookkeeper{
		Log:     slog.New(slog.NewJSONHandler(&o.out, nil)),
		Ledger:  o,
		Order:   decodeOrder,
		Now:     now,
		Metrics: &metrics.Recorder{Out: &o.out, Now: now},
	}
	return o.failed(h.Handle(o.Context(), e))
}

func (o *office) failed(out feed.JobFailures, err error) []string {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
	failed := []string{}
	for _, f := range out.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed
}

// joined is the jobs of several events in one batch, the later ones under ids of their own.
func joined(events ...feed.JobEvent) (all feed.JobEvent) {
	for i, e := range events {
		e.Records[0].MessageId = string(rune('a' + i))
		all.Records = append(all.Records, e.Records...)
	}
	return all
}

func TestOnlyTheJobsThatFailedComeAgain(t *testing.T) {
	poison := gatewaytest.Read[feed.JobEvent](t, "mailer-paid")
	poison.Records[0].Body = "no record"
	o := newOffice(t)
	o.bad = strings.Repeat("f", 32)
	failed := o.mail(joined(
		gatewaytest.Read[feed.JobEvent](t, "mailer-paid"),
		gatewaytest.Read[feed.JobEvent](t, "mailer-paid", boughtOrder, o.bad),
		poison,
		gatewaytest.Read[feed.JobEvent](t, "mailer-paid", boughtOrder, strings.Repeat("e", 32))))
	slices.Sort(o.mailed)
	if !slices.Equal(failed, []string{"b", "c"}) ||
		!slices.Equal(o.mailed, []string{boughtOrder, strings.Repeat("e", 32)}) {
		t.Errorf("failed %v, mailed %v", failed, o.mailed)
	}
	log := o.out.String()
	for _, want := range []string{`"Mails":2`, `"MailFailures":1`, `"MailLag":`, `"malformed":true`, `"tries":"1"`} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in %s", want, log)
		}
	}
	if strings.Contains(log, "ada@") || strings.Contains(log, "Lovelace") {
		t.Errorf("the log tells who bought: %s", log)
	}
}

func TestAMailThatWasSentBeforeCountsOnce(t *testing.T) {
	o := newOffice(t)
	for range 3 {
		if failed := o.mail(gatewaytest.Read[feed.JobEvent](t, "mailer-paid")); len(failed) != 0 {
			t.Errorf("failed %v", failed)
		}
	}
	if n := strings.Count(o.out.String(), `"Mails":1`); n != 1 {
		t.Errorf("counted %d times", n)
	}
}

func TestTheBookkeeperWritesWhatTheOrderSays(t *testing.T) {
	o := newOffice(t)
	paid := gatewaytest.Read[feed.JobEvent](t, "bookkeeper-paid")
	refunded := gatewaytest.Read[feed.JobEvent](t, "bookkeeper-refunded")
	if failed := o.book(joined(paid, refunded)); len(failed) != 0 {
		t.Fatalf("failed %v: %s", failed, o.out.String())
	}
	states := map[order.State]bool{}
	for _, one := range o.booked {
		states[one.State] = true
		if one.ID != boughtOrder || one.Lines[0].Label.String() != "Box left, row A, seat 1" ||
			one.PaidAt.UnixMilli() != 1790000001000 {
			t.Errorf("booked %+v", one)
		}
	}
	if !states[order.Paid] || !states[order.Refunded] || !strings.Contains(o.out.String(), `"Booked":2`) ||
		!strings.Contains(o.out.String(), `"BookingLag":[`) {
		t.Errorf("booked %v, %s", states, o.out.String())
	}
	o.bad = boughtOrder
	if failed := o.book(gatewaytest.Read[feed.JobEvent](t, "bookkeeper-paid")); len(failed) != 1 {
		t.Error("a booking that failed is forgotten")
	}
	if !strings.Contains(o.out.String(), `"BookingFailures":1`) {
		t.Errorf("a booking that failed is not counted: %s", o.out.String())
	}
}

func TestWhatBecameOfOrdersIsCounted(t *testing.T) {
	lines := []order.Line{{Seat: "A-1-1"}, {Seat: "A-1-2"}}
	o := func(s order.State, change func(*order.Order)) *order.Order {
		one := order.Order{Zone: "main", State: s, Lines: lines}
		if s == order.Paid || s == order.Refunded {
			one.PaidAt = time.UnixMilli(1)
		}
		if change != nil {
			change(&one)
		}
		return &one
	}
	back := func(one *order.Order) {
		one.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1"}, DoneAt: time.UnixMilli(2)}}
	}
	for name, c := range map[string]struct {
		change
		want []string
	}{
		"paid":              {change{o(order.Authorised, nil), o(order.Paid, nil)}, []string{`"OrdersPaid":1`}},
		"looked at":         {change{o(order.Paid, nil), o(order.Paid, nil)}, nil},
		"expired":           {change{o(order.Closing, nil), o(order.Expired, nil)}, []string{`"OrdersExpired":1`}},
		"cancelled":         {change{o(order.Closing, nil), o(order.Cancelled, nil)}, []string{`"OrdersCancelled":1`}},
		"one seat refunded": {change{o(order.Paid, nil), o(order.Paid, back)}, []string{`"SeatsRefunded":1`}},
		"then the other": {
			change{o(order.Paid, back), o(order.Refunded, back)}, []string{`"OrdersRefunded":1`, `"SeatsRefunded":1`},
		},
		"given back, never sold": {
			change{o(order.Closing, nil), o(order.Refunded, func(one *order.Order) { one.PaidAt = time.Time{} })},
			[]string{`"OrdersRefunded":1`},
		},
		"disputed": {
			change{o(order.Paid, nil), o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed })},
			[]string{`"OrdersDisputed":1`},
		},
		"disputed again, after an inquiry": {
			change{
				o(order.Paid, func(one *order.Order) { one.Dispute = order.DisputeWon }),
				o(order.Paid, func(one *order.Order) { one.Dispute = order.DisputeLost }),
			},
			[]string{`"OrdersDisputed":1`},
		},
		"an inquiry that became a chargeback": {
			change{
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Inquired }),
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed }),
			},
			[]string{`"OrdersDisputed":1`},
		},
		"a chargeback that was lost": {
			change{
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed }),
				o(order.Paid, func(one *order.Order) { one.Dispute = order.DisputeLost }),
			},
			[]string{`"OrdersDisputed":1`},
		},
		"a chargeback that was won": {
			change{
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed }),
				o(order.Paid, func(one *order.Order) { one.Dispute = order.DisputeWon }),
			},
			nil,
		},
		"disputed, as before": {
			change{
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed }),
				o(order.Paid, func(one *order.Order) { one.Dispute = order.Disputed }),
			},
			nil,
		},
		"on its way": {change{o(order.Pending, nil), o(order.Authorised, nil)}, nil},
		"a refund came back": {
			change{o(order.Refunded, nil), o(order.Refunded, func(one *order.Order) {
				one.FailedRefunds = []order.FailedRefund{{ID: "re_1"}}
			})},
			[]string{`"RefundsFailed":1`},
		},
		"nothing": {},
	} {
		var out bytes.Buffer
		h := Dispatch{Metrics: &metrics.Recorder{Out: &out, Now: time.Now}}
		h.count([]change{c.change}, []error{nil})
		h.Metrics.Flush()
		if n := strings.Count(out.String(), `"Name"`); n != len(c.want) {
			t.Errorf("%s: %s, want %v", name, out.String(), c.want)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %s is not in %s", name, want, out.String())
			}
		}
	}
}
