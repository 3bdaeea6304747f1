package edge

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"foyer/infra/edge"
	"foyer/infra/test/bench/measure"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// Function measures the function that is deployed: its size, its reads of the store, and a decision of each kind.
func Function(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	built, err := edge.Build(edge.Options{DefaultZone: topology.DefaultZone})
	if err != nil {
		return nil, err
	}
	rows := []measure.Row{
		measure.AtMost("edge function, the gate", edge.MaxSize, float64(len(built.Gate)), " B"),
		measure.AtMost("edge function, the API's", edge.MaxSize, float64(len(built.API)), " B"),
	}
	d, err := newDecisions()
	if err != nil {
		return rows, err
	}
	inGoja, reads, err := d.inGoja(ctx, built, measure.Pick(e, 2000, 300))
	if err != nil {
		return rows, err
	}
	rows = append(rows, measure.AtMost("store reads on the hot path", 1, float64(reads),
		"").With("a bearer of an access token going in"),
		measure.FigureOnly("time of an edge decision, goja", worst(inGoja),
			" µs").With("the slowest kind: %s", listed(inGoja)))
	inNJS, err := d.inNJS(ctx, built, measure.Pick(e, 2000, 300))
	if err != nil {
		return append(rows, measure.Row{What: "time of an edge decision, njs", Measured: "–", Verdict: measure.Missing,
				Note: err.Error()}),
			nil
	}
	return append(rows, measure.FigureOnly("time of an edge decision, njs", worst(inNJS), " µs").With(
		"the slowest kind, without njs's own start and the reading of the event: %s", listed(inNJS))), nil
}

// timing is the time that a decision of one kind takes, µs.
type timing struct {
	kind string
	us   float64
}

func worst(all []timing) float64 {
	return slices.MaxFunc(all, func(a, b timing) int { return int(1000 * (a.us - b.us)) }).us
}

func listed(all []timing) string {
	var parts []string
	for _, t := range all {
		parts = append(parts, fmt.Sprintf("%s %.0f", t.kind, t.us))
	}
	return strings.Join(parts, ", ")
}

// decisions are requests of every kind to a zone with a queue, and the store that they meet.
type decisions struct {
	store map[string]string
	calls []decision
}

type decision struct {
	kind  string
	want  edge.Kind
	event edge.Event
}

func (d *decisions) Get(key string) (string, bool) { v, ok := d.store[key]; return v, ok }

// Len implements edge.Store.
// newDecisions signs tokens of a made-up keyring. They must be young, so the clock is this machine's.
func newDecisions() (*decisions, error) {
	random := strings.NewReader(strings.Repeat("a bench needs no secret keys; ", 4))
	secret, err := token.NewMasterKeys(random, "k1")
	if err != nil {
		return nil, err
	}
	ring, err := secret.Keyring()
	if err != nil {
		return nil, err
	}
	now, who := time.Now(), queue.VisitorID{1}
	visitor := "__Host-foyer-v-main=" +
		ring.SignVisitor(token.Visitor{Zone: "main", ID: who, Arrived: now, Priority: queue.DefaultPriority}, now)
	access := "__Host-foyer-a-main=" +
		ring.SignAccess(token.Access{Zone: "main", ID: who, Ref: bucket.Ref{Page: 7, Slot: 3},
			Networks: token.Networks{V4: ring.Network("main", "4 192.0.2")}}, now)
	d := &decisions{store: edgeState(ring, now)}
	page := []string{"Accept: text/html", "Sec-Fetch-Mode: navigate"}
	d.add("going in", edge.Admitted, "/seats?row=7", append(page, "Cookie: "+visitor+"; "+access)...)
	d.add("arriving", edge.Arrived, "/", page...)
	d.add("waiting room", edge.Room, "/", append(page, "Cookie: "+visitor)...)
	d.add("429", edge.TooMany, "/api/seats", "Accept: application/json", "Cookie: "+visitor)
	d.add("status", edge.Status, "/foyer/zones/main/status", "Cookie: "+visitor)
	return d, nil
}

// edgeState returns what the relay writes for a zone with a queue and a census as large as they get.
func edgeState(ring *token.Keyring, now time.Time) map[string]string {
	text := func(v any) string { raw, _ := json.Marshal(v); return string(raw) }
	knots := ""
	for i := range 14 {
		knots += fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)}))
	}
	return map[string]string{
		"z.main": text(map[string]any{
			"v": []int{1, 1}, "s": "open", "d": 0, "so": 0, "b": "closed", "p": "first-come", "o": 0,
			"k": ring.EdgeKeys("main").Keys, "lk": ring.EdgeKeys("main").Lasting,
			"c": queue.NewKey(8, 0, uint64(now.UnixMilli()), queue.VisitorID{2}).String(), "w": 120_000, "i": 5000, "l": -1,
			"r": []int{540, 660}, "t": "A concert", "at": now.UnixMilli(), "se": "", "co": "",
		}),
		"n.main": text(map[string]any{"v": now.UnixMilli(), "n": 120_000, "k": knots}),
	}
}

func (d *decisions) add(kind string, want edge.Kind, target string, headers ...string) {
	u, _ := url.Parse("http://sale.example" + target)
	r := &http.Request{Method: http.MethodGet, URL: u, Host: "sale.example", Header: http.Header{},
		RemoteAddr: "192.0.2.1:443"}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	d.calls = append(d.calls, decision{kind, want, edge.NewEvent(r, "request-1")})
}

// inGoja is the time of each kind as the local cloud runs it, with the event's way in and out; reads are the first's.
func (d *decisions) inGoja(ctx context.Context, built edge.Code, times int) (all []timing, reads int, err error) {
	runner, err := edge.New(built, d, edge.RunnerOptions{Pool: 1})
	if err != nil {
		return nil, 0, err
	}
	for i, c := range d.calls {
		var took []float64
		for range times {
			began := time.Now()
			outcome, err := runner.Handle(ctx, c.event)
			if err != nil {
				return nil, 0, err
			}
			took = append(took, float64(time.Since(began).Nanoseconds())/1000)
			if got := outcome.Kind(); got != c.want {
				return nil, 0, fmt.Errorf("edge: %s came to %s, not %s", c.kind, got, c.want)
			}
			if i == 0 {
				reads = outcome.Reads
			}
		}
		slices.Sort(took)
		all = append(all, timing{c.kind, took[len(took)/2]})
	}
	return all, reads, nil
}
