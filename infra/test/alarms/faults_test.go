package alarms

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/local"
	"foyer/infra/local/lambda"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
	gateway "foyer/internal/gateway/room"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynsale"
)

// fault is something that goes wrong, and the alarms that it rings.
type fault struct {
	name    string
	rings   []string
	strikes func(*world)
}

var faults = []fault{
	{"functions that answer visitors fail", []string{"api-errors", "door-errors"}, func(w *world) {
		for range 110 {
			w.asks(w.CDN, http.MethodGet, "/foyer/zones/main/status")
		}
		w.kills("register", 12)
		for i := range 12 {
			w.asks(w.CDN, http.MethodGet, fmt.Sprintf("/foyer/zones/none%d/event", i))
		}
	}},
	{"API Gateway's quota is used up", []string{"api-refused"}, func(w *world) {
		w.HTTP.Limit(1)
		for range 80 {
			w.asks(w.HTTP, http.MethodGet, "/foyer/zones/main/event")
		}
		w.HTTP.Limit(0)
	}},
	{"there are too many new sockets", []string{"sockets-refused"}, func(w *world) {
		w.Sockets.Limit(1)
		for range 80 {
			w.asks(w.Sockets, http.MethodGet, "/ws", "Upgrade: websocket")
		}
		w.Sockets.Limit(0)
	}},
	{"register fails behind sockets", []string{"socket-errors"}, func(w *world) {
		w.kills("register", 8)
		for range 8 {
			w.asks(w.Sockets, http.MethodGet, "/ws", "Upgrade: websocket")
		}
	}},
	{"nothing is started", []string{"exchange-absent", "census-absent", "sweep-absent"}, func(w *world) {
		w.Minute()
		w.figures.Forget()
	}},
	{"functions of the schedule and of the rotation fail",
		[]string{"exchange-errors", "census-errors", "sweep-errors", "rotate-errors"}, func(w *world) {
			for _, name := range []string{"exchange", "census"} {
				w.must(w.Lambda.Kill(name, lambda.KillNext))
			}
			w.kills("sweep", 1)
			for _, name := range []string{"exchange", "census", "sweep"} {
				_, _, err := w.Lambda.Invoke(w.Context(), name, []byte("{}"))
				w.must(err)
			}
			w.kills("rotate", 1)
			_ = w.RotateKeys(w.Context()) // it may work at the second try
		}},
	{"a function is at its concurrency", []string{"functions-throttled"}, func(w *world) {
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() { _, _, _ = w.Lambda.Invoke(w.Context(), "sweep", []byte("{}")) })
		}
		all.Wait()
	}},
	{"jobs are not worked off", []string{"mails-waiting", "bookings-waiting", "payments-waiting"}, func(w *world) {
		for _, q := range topology.Queues {
			w.puts(q.Name)
		}
		w.ahead.Add(int64(10 * time.Minute))
	}},
	{"jobs can't be done", []string{"mails-dead-letters", "bookings-dead-letters", "payments-dead-letters"},
		func(w *world) {
			for _, q := range topology.Queues {
				w.puts(q.Name)
			}
			w.until("the jobs to be given up", func() bool {
				for _, q := range topology.Queues {
					if w.ahead.Add(int64(time.Second)); len(w.Queues.Dead(q.Name)) == 0 {
						return false
					}
				}
				return true
			})
		}},
	// Streams are dated by the minute here: what is read so much later is 45 s old, and 15 s before it is given up.
	{"functions are behind their streams", []string{"fanout-behind", "notify-behind"}, func(w *world) {
		for time.Now().Second() > 57 { // what is written would be dated another minute
			time.Sleep(100 * time.Millisecond)
		}
		w.ahead.Store(int64(105*time.Second) - int64(time.Now().Second())*int64(time.Second))
		w.writes("fanout", "notify")
		w.ahead.Store(0)
	}},
	{"functions are far behind their streams", []string{"relay-behind", "dispatch-behind"}, func(w *world) {
		w.ahead.Store(int64(5 * time.Minute))
		w.writes("relay", "dispatch")
		w.ahead.Store(0)
	}},
	{"records can't be done", []string{"fanout-dead-letters", "notify-dead-letters", "relay-dead-letters",
		"dispatch-dead-letters"}, func(w *world) { w.writes("fanout", "notify", "relay", "dispatch") }},
	{"ticks come late", []string{"admission-stalled"}, func(w *world) {
		w.ticks(6*time.Second, exchange.Result{Zone: "main", State: zone.Open})
	}},
	{"the line doesn't move", []string{"line-stuck"}, func(w *world) {
		w.ticks(time.Second, exchange.Result{Zone: "main", State: zone.Open, Capacity: 9, Waiting: 5, Allowed: 5,
			SeatsLeft: -1, Oldest: time.Unix(1, 0)})
	}},
	{"everybody is let through", []string{"let-through-on"}, func(w *world) {
		w.ticks(time.Second, exchange.Result{Zone: "main", State: zone.Open, LetThrough: true})
	}},
	{"the keys are old", []string{"keys-old"}, func(w *world) { w.ticks(time.Second) }},
	{"the edge is told late", []string{"relay-late"}, func(w *world) {
		w.recorder().Time("main", metrics.RelayLag, 31*time.Second)
	}},
	{"turns are pushed late", []string{"push-late"}, func(w *world) {
		w.recorder().Time("main", metrics.PushLag, 11*time.Second)
	}},
	{"the provider is down", []string{"sweep-late", "authorised-not-captured", "provider-shunned"}, func(w *world) {
		w.down.Store(true)
		n := 0
		w.until("the provider to be shunned", func() bool {
			for range 12 {
				n++
				o := w.order(n)
				if n == 1 {
					o.State, o.AuthorisedAt = order.Authorised, time.Now().Add(-time.Hour)
				}
				w.stores(o)
			}
			_, _, err := w.Lambda.Invoke(w.Context(), "sweep", []byte("{}"))
			w.must(err)
			return w.figures.Has(string(metrics.ProviderShunned))
		})
		w.down.Store(false)
	}},
	{"banks send money back, and take it", []string{"refund-failed", "payment-disputed"}, func(w *world) {
		o := w.order(99)
		o.State, o.PaidAt = order.Paid, time.Now()
		w.stores(o)
		o.Version, o.Dispute = 2, order.Disputed
		o.FailedRefunds = []order.FailedRefund{{ID: "re_1", Amount: 100}}
		w.stores(o)
		w.until("dispatch to see them", func() bool { return w.figures.Has(string(metrics.OrdersDisputed)) })
	}},
}

// puts puts a job that nobody can do into a queue.
func (w *world) puts(name string) {
	w.Helper()
	body, err := json.Marshal(map[string]string{"QueueUrl": "/" + name, "MessageBody": "no job"})
	w.must(err)
	r := httptest.NewRequestWithContext(w.Context(), http.MethodPost, "/", strings.NewReader(string(body)))
	r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
	answer := httptest.NewRecorder()
	if w.Queues.ServeHTTP(answer, r); answer.Code != http.StatusOK {
		w.Fatal(answer.Body)
	}
}

// writes has a record that it can't digest reach each function, and waits until it was given up.
func (w *world) writes(functions ...string) {
	w.Helper()
	name := fmt.Sprintf("~%d", time.Now().UnixNano())
	items := map[string]dynamo.Item{
		"relay":  {"zone": dynamo.Text(name), "item": dynamo.Text("census")},
		"notify": {"part": dynamo.Text(name), "page": dynamo.Number(1), "n": &types.AttributeValueMemberBOOL{Value: true}},
		"fanout": {"part": dynamo.Text(name), "seat": dynamo.Text("x"), "v": dynamo.Number(1),
			"c": dynamo.Text("never")},
		"dispatch": {"id": dynamo.Text(name)},
	}
	before := map[string]int{}
	for _, f := range topology.Functions {
		item, wanted := items[f.Name], false
		for _, one := range functions {
			wanted = wanted || one == f.Name
		}
		if !wanted {
			continue
		}
		before[f.Name] = w.Streams.GivenUp(f.Name)
		_, err := w.Dynamo.PutItem(w.Context(),
			&dynamodb.PutItemInput{TableName: aws.String(w.Prefix + f.Stream.Table), Item: item})
		w.must(err)
	}
	for name, n := range before {
		w.until(name+" to give a record up", func() bool { return w.Streams.GivenUp(name) > n })
	}
}

// recorder writes metrics as functions do, to where their logs go.
func (w *world) recorder() *flushing {
	return &flushing{metrics.Recorder{Out: &w.figures, Now: time.Now}}
}

type flushing struct{ metrics.Recorder }

// Time records a duration and writes it.
func (f *flushing) Time(of string, name metrics.Name, d time.Duration) {
	f.Recorder.Time(of, name, d)
	f.Flush()
}

// ticks has an exchange whose keys were made seventeen days ago see ticks of these results, so far apart.
func (w *world) ticks(apart time.Duration, results ...exchange.Result) {
	w.Helper()
	now := time.Now()
	h := &gateway.Exchange{
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Metrics:  &metrics.Recorder{Out: &w.figures, Now: time.Now},
		KeysMade: func(context.Context) (time.Time, error) { return now.Add(-17 * 24 * time.Hour), nil },
	}
	h.Run = func(context.Context, string) error {
		for _, r := range results {
			h.Observe(r, nil)
			now = now.Add(exchange.TickEvery + apart)
			h.Observe(r, nil)
		}
		return nil
	}
	w.must(h.Handle(w.Context(), nil))
}

// order is an order that was to be paid twenty minutes ago.
func (w *world) order(n int) order.Order {
	w.Helper()
	id := fmt.Sprintf("%032x", n)
	keys, err := ticket.ParseSecret(w.Secrets.Get(local.TicketKeysID))
	w.must(err)
	then := time.UnixMilli(time.Now().Add(-20 * time.Minute).UnixMilli())
	return order.Order{
		ID: id, Number: order.NewNumber(id, 0), Version: 1, Zone: "main", Buyer: queue.VisitorID{byte(n)},
		LinkHash: order.LinkKey(keys.LinkKey()).Secret(id).Hash(), Email: "buyer@example.com", Name: "Ada",
		Lines: []order.Line{{Section: "boxL", Seat: fmt.Sprintf("boxL-A-%d", n), Category: "A", Price: 4550,
			Label: seat.Label{Section: "Box", Row: "A", Seat: fmt.Sprint(n)}}},
		Amount: 4550, Currency: "eur", Limit: 1, Site: w.URL, State: order.Pending, CreatedAt: then, PayBy: then, Due: then,
		Session: "cs_test_" + id[28:],
	}
}

// stores writes an order as it stands.
func (w *world) stores(o order.Order) {
	w.Helper()
	item, err := dynsale.EncodeOrder(o)
	w.must(err)
	_, err = w.Dynamo.PutItem(w.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.Prefix + "orders"), Item: item})
	w.must(err)
}
