package e2e

import (
	"net/http"
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/internal/room/zone"
)

// TestNobodyIsLostWhenAllIsCutAtTheOpening opens a zone while the edge's store can't be reached, all sockets are cut
// and the streams come again from their beginning: everybody gets in, and once.
func TestNobodyIsLostWhenAllIsCutAtTheOpening(t *testing.T) {
	c := up(t)
	const visitors = 40
	opens := time.Now().Add(10 * time.Second)
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Rate, s.Window, s.State, s.OpensAt = 20, 1200, 15*time.Second, zone.Scheduled, opens
	})
	people := sends(t, h, 4)
	starts(t, people, crowd.Plan{Visitors: visitors, PerSecond: 20, HTTPOnly: 0.1, Apps: 0.1, Stay: time.Second})
	until(t, soon, "all to stand in line", func() bool { return people.Stats().Registered == visitors })
	if n := len(h.waiting()); n != visitors {
		t.Errorf("%d stand in line, want %d", n, visitors)
	}
	c.Store.Refuse(http.StatusServiceUnavailable)
	defer c.Store.Refuse(0)
	time.Sleep(time.Until(opens))
	c.Sockets.Cut()
	for _, f := range []string{"notify", "relay"} {
		c.Streams.Replay(t.Context(), f)
	}
	time.Sleep(3 * time.Second)
	c.Store.Refuse(0)
	until(t, 2*time.Minute, "everyone to have been inside", func() bool {
		s := people.Stats()
		return s.Left+s.Failed == visitors
	})
	if s := people.Stats(); s.Failed > 0 || s.Entered != visitors || s.Evicted > 0 {
		t.Errorf("%+v", s)
	}
	if admitted := checkLog(t, h); len(admitted) != visitors {
		t.Errorf("%d were inside, want %d", len(admitted), visitors)
	}
}
