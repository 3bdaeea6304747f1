package exchange

import (
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// Nobody looks for a while at a zone that visitors wake: one that is open only when the status has long said that it is
// idle, and this very tick saw nobody.
func TestHowLongAZoneRests(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*tick)
		rests  time.Duration
	}{
		"open and idle":       {func(*tick) {}, restForLong},
		"nobody wakes it":     {func(t *tick) { t.Wakes = nil }, 0},
		"all are let through": {func(t *tick) { t.s.LetThrough = true }, 0},
		"somebody is inside": {func(t *tick) {
			t.m.kept = []bucket.Page{{Number: 1, Grants: []bucket.Grant{{State: bucket.Inside}}}}
		}, 0},
		"not shown as idle":   {func(t *tick) { t.m.front.status.Idle = false }, 0},
		"idle, unknown since": {func(t *tick) { t.m.front.idleAt = time.Time{} }, 0},
		"idle for less":       {func(t *tick) { t.m.front.idleAt = noon.Add(time.Millisecond - restAfter) }, 0},
		"looked at before":    {func(t *tick) { t.m.front.lookedAt = noon.Add(-time.Second) }, 0},
		"paused":              {func(t *tick) { t.s.State = zone.Paused }, restForShort},
		"opens tomorrow": {func(t *tick) {
			t.s.State, t.s.OpensAt = zone.Scheduled, noon.Add(24*time.Hour)
		}, restForShort},
		"closed": {func(t *tick) { t.s.State = zone.Closed }, restForLong},
	} {
		tick := &tick{Exchange: &Exchange{Wakes: memroom.New().Wakes()}, s: zone.New("main"), m: &Memory{}, now: noon}
		f := &tick.m.front
		f.status.Idle, f.idleAt, f.lookedAt = true, noon.Add(-restAfter), noon
		c.change(tick)
		if got := tick.restFor(); got != c.rests {
			t.Errorf("%s: %v, want %v", name, got, c.rests)
		}
	}
}

// A tick that failed may have left the status as it was: the next one comes at once.
func TestAZoneWhoseTickFailedDoesNotRest(t *testing.T) {
	for err, want := range map[error]bool{nil: true, errors.New("down"): false} {
		r, s := &Runner{Exchange: &Exchange{Now: func() time.Time { return noon }}}, zone.New("main")
		r.rested(r.restOf(s, noon), Result{RestFor: restForLong}, err)
		if got := r.rests(s); got != want {
			t.Errorf("after %v it rests: %t", err, got)
		}
	}
}
