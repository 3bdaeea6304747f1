package alarms

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"foyer/infra/local"
	"foyer/infra/local/cloudwatch"
	"foyer/infra/local/ddb"
	"foyer/infra/local/lambda"
	"foyer/infra/local/sqs"
	"foyer/infra/local/streams"
	"foyer/infra/local/stripe"
	"foyer/internal/aws/metrics"
	"foyer/internal/room/zone"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/skip"
)

// world is a cloud whose every figure is kept, with the alarms of production.
type world struct {
	*testing.T
	*local.Cloud
	figures cloudwatch.Figures
	alarms  map[string]cloudwatch.Alarm // without the deployment's name
	ahead   atomic.Int64                // how far queues and streams take it to be later
	down    atomic.Bool                 // the payment provider answers nothing
}

const golden = "../../stack/testdata/production.golden.json"

// alarms reads those of production; their own metrics are in the namespace of the local cloud.
func alarms(t *testing.T) map[string]cloudwatch.Alarm {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	template := strings.ReplaceAll(string(text), metrics.Namespace+"/production", metrics.Namespace)
	all, err := cloudwatch.Alarms([]byte(template), cloudwatch.Local)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]cloudwatch.Alarm{}
	for _, a := range all {
		by[strings.TrimPrefix(a.Name, "foyer-production-")] = a
	}
	return by
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the whole cloud: run without -short")
	}
	if err := ddb.Missing(context.Background()); err != nil {
		skip.Because(t, "%v", err)
	}
	w := &world{T: t, alarms: alarms(t)}
	var err error
	w.Cloud, err = local.Up(t.Context(), local.Options{
		Prefix: fmt.Sprintf("alarms-%d-", time.Now().UnixNano()), Figures: &w.figures,
		Lambda:  lambda.Options{Logs: io.Discard},
		Queues:  sqs.Options{Visibility: 2 * time.Second, Now: w.now},
		Streams: streams.Options{Backoff: 10 * time.Millisecond, Now: w.now, OnFailure: func(string, []byte) {}},
		Provider: stripe.Options{Trouble: func(string, string) (none stripe.Trouble) {
			if w.down.Load() {
				return stripe.Trouble{Status: http.StatusServiceUnavailable}
			}
			return none
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Down)
	return w
}

// now is the time of queues and streams.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) until(what string, true func() bool) {
	w.Helper()
	for end := time.Now().Add(90 * time.Second); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("not in time: %s", what)
		}
	}
}

// opens makes an open zone that sells the seats of a theatre.
func (w *world) opens(name string) {
	w.Helper()
	zones := dynroom.NewZones(w.Dynamo, w.Prefix+"zones")
	s := zone.New(name)
	s.Title, s.QueueShards, s.Capacity, s.Rate, s.SeatsPerBuyer = "Hall", 2, 60, 1200, 2
	s.Session, s.PayFor = time.Minute, time.Minute
	w.must(zones.SaveSettings(w.Context(), s))
	raw, err := os.ReadFile("../../../testdata/venues/theatre-300.json")
	w.must(err)
	hall, err := venue.Parse(raw)
	w.must(err)
	store := dynsale.NewSeats(w.Dynamo, w.Prefix+"seats", w.Prefix+"holds")
	_, err = (&seatmap.Loader{Zones: zones, Seats: store, Maps: store, Now: time.Now}).Load(w.Context(), name, hall)
	w.must(err)
	w.until("the edge to know "+name, func() bool {
		return w.asks(w.CDN, http.MethodGet, "/foyer/zones/"+name+"/status").Code == http.StatusOK
	})
}

// asks sends a request straight to one of the services.
func (w *world) asks(to http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.Context(), method, path, nil)
	r.RequestURI = path
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	to.ServeHTTP(answer, r)
	return answer
}

// kills has the next n invocations of a function end without an answer.
func (w *world) kills(function string, n int) {
	w.Helper()
	for range n {
		w.must(w.Lambda.Kill(function, lambda.KillReply))
	}
}

// rings returns the alarms that are on when every minute is as the one that ends.
func (w *world) rings() (on map[string]bool) {
	w.Helper()
	w.Minute()
	w.figures.Last(60)
	on = map[string]bool{}
	for name, a := range w.alarms {
		if w.figures.Rings(a) {
			on[name] = true
		}
	}
	w.figures.Forget()
	return on
}
