package races_test

import (
	"slices"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

func TestAVisitorCostsFiveWriteUnitsAtMost(t *testing.T) {
	const people = 48
	h := newHall(t, func(s *zone.Settings) { s.Capacity = people })
	h.meter.Reset()
	for n := range people {
		if _, err := h.reg.Register(t.Context(), h.visitor(n), "c"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.exchange().Tick(t.Context(), h.zone, &exchange.Memory{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range h.pages() {
		for slot, g := range p.Grants {
			v := h.visitor(int(g.Key[22]))
			ref := bucket.Ref{Page: p.Number, Slot: slot}
			if _, err := h.admitter().Enter(t.Context(), v, ref); err != nil {
				t.Fatal(err)
			}
			if err := h.admitter().Leave(t.Context(), v, ref); err != nil {
				t.Fatal(err)
			}
		}
	}
	each := h.meter.Total().Write / people
	t.Logf("%.2f write units a visitor", each)
	if each > 5 {
		t.Errorf("%.2f write units a visitor, more than 5", each)
	}
}

func TestATickReadsByCapacityOnly(t *testing.T) {
	for _, c := range []struct {
		capacity int
		budget   float64 // read units of the log
	}{{100, 4}, {5000, 110}} {
		h := newHall(t, func(s *zone.Settings) { s.Capacity, s.QueueShards, s.Session = c.capacity, 1, time.Hour })
		h.fill(c.capacity)
		x, m := h.exchange(), &exchange.Memory{}
		for whole := false; !whole; {
			var err error
			if _, whole, err = x.Warm(t.Context(), h.zone, m); err != nil {
				t.Fatal(err)
			}
		}
		h.meter.Reset()
		const ticks = 10
		for range ticks {
			if _, err := x.Tick(t.Context(), h.zone, m); err != nil {
				t.Fatal(err)
			}
		}
		grants, queues := h.meter.Table(h.cloud.Table("grants")).Read/ticks, h.meter.Table(h.cloud.Table("queue")).Read/ticks
		t.Logf("capacity %d: %.1f read units of the log, %.1f of the queue", c.capacity, grants, queues)
		if grants > c.budget {
			t.Errorf("capacity %d: %.1f read units a tick, more than %.0f", c.capacity, grants, c.budget)
		}
	}
}

// fill writes pages with everybody inside.
func (h *hall) fill(people int) {
	for number := int64(1); people > 0; number++ {
		p := bucket.Page{Number: number, At: time.Now().Truncate(time.Millisecond)}
		for range min(people, bucket.PageSize) {
			v := h.visitor(people)
			g := bucket.Grant{State: bucket.Inside, Until: p.At.Add(time.Hour), Conn: "AbCdEfGhIjKlMnO="}
			copy(g.Key[7:], v.ID[:])
			p.Grants = append(p.Grants, g)
			people--
		}
		if err := h.cloud.Log().Append(h.t.Context(), h.zone.Grants(), p); err != nil {
			h.t.Fatal(err)
		}
	}
}

// However few are called by each tick, a note in the log's index is a small part of a write unit, and everybody finds
// the grant without a reference in one try.
func TestAVisitorIsFoundByFewUnits(t *testing.T) {
	for name, c := range map[string]struct {
		ticks  []int   // how many each calls
		writes float64 // to the log, a visitor
	}{
		"one by one":                  {slices.Repeat([]int{1}, 73), 1.03},
		"few after many":              {append([]int{12, 12, 11}, slices.Repeat([]int{1}, 16)...), 0.5},
		"full pages":                  {[]int{36, 36, 36}, 0.11},
		"a few by each, and one more": {append(slices.Repeat([]int{3}, 17), 1, 1, 1, 1), 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, func(s *zone.Settings) {
				s.Zone, s.Capacity = "the-longest-name-that-a-zone-has", 500
			})
			x, m := h.exchange(), &exchange.Memory{}
			var all []token.Visitor
			writes := 0.0
			for _, n := range c.ticks {
				for range n {
					v := h.visitor(len(all) + 1)
					v.Arrived = v.Arrived.Add(time.Duration(len(all)) * time.Millisecond)
					all = append(all, v)
					if _, err := h.reg.Register(t.Context(), v, "AbCdEfGhIjKlMnO="); err != nil {
						t.Fatal(err)
					}
				}
				h.meter.Reset()
				r, err := x.Tick(t.Context(), h.zone, m)
				if err != nil || r.Called != n {
					t.Fatalf("%d called, %v", r.Called, err)
				}
				writes += h.meter.Table(h.cloud.Table("grants")).Write
			}
			if each := writes / float64(len(all)); each > c.writes {
				t.Errorf("a visitor's call costs %.3f write units", each)
			}
			most := 0.0
			for i, v := range all {
				h.meter.Reset()
				if _, err := h.admitter().Enter(t.Context(), v, bucket.Ref{}); err != nil {
					t.Fatalf("visitor %d: %v", i, err)
				}
				if most = max(most, h.meter.Total().Read); most > 5 {
					t.Fatalf("visitor %d enters by %.1f read units", i, most)
				}
			}
			t.Logf("%.3f write units a visitor's call, %.1f read units at most to enter", writes/float64(len(all)), most)
		})
	}
}
