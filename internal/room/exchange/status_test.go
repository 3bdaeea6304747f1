package exchange

import (
	"testing"
	"time"

	"foyer/internal/room/zone"
)

// What turns is written at once, figures every two seconds, and where to read from with the next write, or each minute.
func TestWhatOfTheStatusIsWorthAWrite(t *testing.T) {
	old := zone.Status{Zone: "main", Version: 3, At: noon, State: zone.Open, Floor: 1}
	const most = 100 * time.Hour
	for what, c := range map[string]struct {
		change func(*zone.Status)
		after  time.Duration // from when on it is written
	}{
		"nothing":            {func(*zone.Status) {}, most},
		"a pause":            {func(s *zone.Status) { s.State = zone.Paused }, 0},
		"an idle zone":       {func(s *zone.Status) { s.Idle = true }, 0},
		"a figure":           {func(s *zone.Status) { s.Waiting++ }, saveEvery},
		"where to read from": {func(s *zone.Status) { s.Floor++ }, hintEvery},
	} {
		for _, since := range []time.Duration{0, saveEvery - 1, saveEvery, hintEvery - 1, hintEvery, most - 1} {
			next, tick := old, &tick{m: &Memory{}, now: noon.Add(since)}
			c.change(&next)
			if got := tick.worthSaving(old, next); got != (since >= c.after) {
				t.Errorf("%s, %v after the last write: %v", what, since, got)
			}
			if !tick.worthSaving(zone.Status{At: noon}, next) {
				t.Errorf("%s: the first status isn't written", what)
			}
		}
	}
}
