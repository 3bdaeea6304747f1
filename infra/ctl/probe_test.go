package main

import (
	"testing"

	"foyer/internal/room/zone"
)

func TestAZoneMayWatchItsSite(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main --probe https://sale.example.com/health", "closed")
	d.says("zone show main", "probe            https://sale.example.com/health")
	d.says("zone set main --probe /health", "probe must be an address such as")
	d.says("zone open main", "open")
	paused := func() {
		s, err := d.cloud.Zones().Settings(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		s.State, s.PausedByProbe, s.Version = zone.Paused, true, s.Version+1
		if err := d.cloud.Zones().SaveSettings(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	byProbe := func(when string, want bool) {
		t.Helper()
		if s, _ := d.cloud.Zones().Settings(t.Context(), "main"); s.PausedByProbe != want {
			t.Errorf("%s: %+v", when, s)
		}
	}
	paused()
	d.says("zone show main", "paused by its probe")
	d.says("zone set main --capacity 5", "zone main is paused by its probe")
	byProbe("another setting is changed", true)
	d.says("zone pause main", "zone main is paused, version")
	byProbe("an operator pauses it", false)
	d.says("zone open main", "zone main is open")
	paused()
	d.says("zone open main", "zone main is open")
	byProbe("an operator opens it", false)
	paused()
	d.says("zone set main --probe none", "zone main is paused, version")
	byProbe("nobody looks any more", false)
	d.says("zone show main", "probe            none")
}
