package races_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
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
