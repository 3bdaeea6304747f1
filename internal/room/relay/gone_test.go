package relay_test

import (
	"testing"

	"foyer/internal/room/zone"
)

// The edge forgets a zone that is being deleted, and one that is gone, and takes in a new one of that name.
func TestTheEdgeForgetsAZoneThatIsDeleted(t *testing.T) {
	for name, remove := range map[string]func(*stage){
		"being deleted": func(s *stage) {
			s.settings("main", func(z *zone.Settings) { z.State, z.SaleEnded, z.Clearing = zone.Closed, true, zone.Deleting })
		},
		"gone": func(s *stage) {
			all, err := s.zones.Settings(s.Context(), "main")
			s.must(err)
			s.must(s.zones.Remove(s.Context(), all))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.settings("main", func(z *zone.Settings) { z.Rate = 7 }) // its version is beyond a new zone's
			s.settings("other", func(*zone.Settings) {})
			s.sync("main", "other")
			s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start, Total: 9, Knots: "abc"}))
			s.sync("main")
			remove(s)
			s.sync("main", "other")
			if s.edge.values["z.main"] != "" || s.edge.values["n.main"] != "" || s.edge.values["z.other"] == "" {
				t.Errorf("the edge has %v", s.edge.values)
			}
			puts := s.edge.puts
			if s.sync("main"); s.edge.puts != puts {
				t.Error("it is forgotten again and again")
			}
			if all, err := s.zones.Settings(t.Context(), "main"); err == nil {
				s.must(s.zones.Remove(t.Context(), all))
			}
			s.settings("main", func(*zone.Settings) {})
			if s.sync("main"); s.edge.values["z.main"] == "" {
				t.Error("a new zone of that name isn't at the edge")
			}
		})
	}
}
