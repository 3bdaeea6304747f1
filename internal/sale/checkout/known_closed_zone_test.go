package checkout_test

import (
	"fmt"
	"strings"
	"testing"

	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
	"foyer/internal/testkit/known"
)

// who is inside "stays until the session ends" (operate.md), and can't pay for what they hold.
func TestKnownClosed(t *testing.T) {
	known.Fault(t, "closed")
	w := newWorld(t, 1)
	w.chooses(w.buyers[0], "A-1-1")
	s, _ := w.cloud.Zones().Settings(w.ctx, "main")
	s.Version++
	s.State = zone.Closed
	w.must(w.cloud.Zones().SaveSettings(w.ctx, s))
	_, err := w.service.Start(w.ctx, w.buyers[0], request("1"))
	_, err2 := w.sale.Choose(w.ctx, w.buyers[0], nil)
	_, err3 := w.sale.Holds(w.ctx, w.buyers[0])
	t.Logf("closed: start: %v; give back: %v; what do I hold: %v", err, err2, err3)
}

// A companion's seat without the wheelchair place beside it, and a single seat left between, are sold by hand.
func TestKnownCompanion(t *testing.T) {
	known.Fault(t, "companion")
	w := newWorld(t, 2)
	v, err := venue.Parse(
		[]byte(`{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},"categories":[{"id":"a","name":"A","price":100}],
"sections":[{"id":"A","name":"Stalls","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],"rows":[{"id":"1","category":"a","seats":[{"id":"A-1-1","x":1,"y":1,"accessible":true},{"id":"A-1-2","x":2,"y":1,"companion":true},{"id":"A-1-3","x":3,"y":1},{"id":"A-1-4","x":4,"y":1},{"id":"A-1-5","x":5,"y":1}]}]}]}`),
	)
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
	_, err = w.sale.Choose(w.ctx, w.buyers[0], []string{"A-1-2"})
	t.Logf("companion alone: %v", err)
	_, err = w.sale.Choose(w.ctx, w.buyers[1], []string{"A-1-4"})
	t.Logf("leaving 3 and 5 alone: %v", err)
}

// Asking for the best where there is none reads every section and is never cooled down.
func TestKnownBestReads(t *testing.T) {
	known.Fault(t, "best reads")
	w := newWorld(t, 2)
	var b strings.Builder
	for s := range 100 {
		if s > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(
			&b,
			`{"id":"S%d","name":"S","kind":"seated","category":"a","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],"rows":[{"id":"1","seats":[{"id":"S%d-1-1","x":%d,"y":1}]}]}`,
			s,
			s,
			s,
		)
	}
	v, err := venue.Parse(
		[]byte(
			`{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},"categories":[{"id":"a","name":"A","price":100}],"sections":[` + b.String() + `]}`,
		),
	)
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 1))
	reads := 0
	w.cloud.Fault = func(op string) memsale.Fault {
		if op == "seats.Snapshot" {
			reads++
		}
		return memsale.Fault{}
	}
	for range 100 {
		_, err = w.sale.Best(w.ctx, w.buyers[0], venue.Wish{N: 2})
	}
	t.Errorf("FAIL: 100 wishes in an instant by one visitor: last answer %v, %d consistent section reads", err, reads)
}
