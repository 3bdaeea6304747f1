package relay_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/edge"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// reads lets the edge function read what the relay wrote.
type reads struct{ *fakeEdge }

func (r reads) Get(key string) (string, bool) {
	value, found := r.values[key]
	return value, found
}

// The edge function itself, as it is deployed, understands every field that the relay writes.
func TestTheEdgeFunctionReadsWhatTheRelayWrites(t *testing.T) {
	s := newStage(t)
	s.settings("main", func(z *zone.Settings) { z.OpensAt, z.Policy = start.Add(-time.Hour), zone.Draw })
	s.status("main", func(st *zone.Status) {
		st.Direct, st.Called = true, queue.NewKey(8, 0, 1, queue.VisitorID{15: 1})
		st.Waiting, st.Inside, st.SeatsLeft, st.RateLow, st.RateHigh = 7, 5, 3, 40, 60
		st.Seed, st.Commit = "5eed", "c0"
	})
	s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start, Total: 9, Knots: "abc"}))
	s.must(s.zones.SaveEvent(t.Context(), event.Event{Zone: "main", Version: 1, Name: "The Night Ferries"}))
	s.sync("main")
	code, err := edge.Build(edge.Options{DefaultZone: "main"})
	s.must(err)
	gate, err := edge.New(code, reads{s.edge}, edge.RunnerOptions{Now: func() time.Time { return s.now }, Pool: 1})
	s.must(err)
	out, err := gate.Handle(t.Context(), edge.NewEvent(httptest.NewRequest("GET", "/foyer/zones/main/status", nil), "r1"))
	s.must(err)
	if out.Response == nil || out.Response.StatusCode != 200 {
		t.Fatalf("answer %+v", out.Response)
	}
	var got, want any
	s.must(json.Unmarshal([]byte(out.Response.Body), &got))
	s.must(json.Unmarshal([]byte(`{"zone":"main","title":"The Night Ferries","event":1,"state":"open",
		"direct":true,"soldOut":false,
		"policy":"draw","now":1700000000000,"opensAt":1699996400000,"called":"8000000000000100000000000000000000000000000001",
		"waiting":7,"inside":5,"seatsLeft":3,"rate":{"low":40,"high":60},"updatedAt":1700000000000,
		"draw":{"commitment":"c0","seed":"5eed"},"census":{"at":1700000000000,"total":9,"knots":"abc"},"you":null}`), &want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
