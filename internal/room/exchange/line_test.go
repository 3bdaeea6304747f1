package exchange

import (
	"testing"
	"time"

	"foyer/internal/room/heads"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// lineOf is a tick of a draw that opened at noon, an hour ago, by a process that knows only the end of the log.
func lineOf(change func(*tick)) *tick {
	s := zone.New("main")
	s.Policy, s.OpensAt = zone.Draw, noon
	t := &tick{Exchange: &Exchange{}, s: s, m: &Memory{first: 5}, now: noon.Add(time.Hour)}
	change(t)
	return t
}

// keyAfter is a place after the draw, of a visitor who arrived so long after the opening.
func keyAfter(d time.Duration) queue.Key {
	return queue.NewKey(queue.DefaultPriority, policy.LaneAfter, uint64(noon.Add(d).UnixMilli()), queue.VisitorID{1})
}

// Who arrived before the opening and has a place after the draw may have been called under the better one, as only the
// whole log shows.
func TestWhoMayHaveBeenDrawnWaitsForTheWholeLog(t *testing.T) {
	nothing, drawn := func(*tick) {}, queue.NewKey(queue.DefaultPriority, policy.LaneFirst, 9, queue.VisitorID{1})
	for name, c := range map[string]struct {
		change func(*tick)
		key    queue.Key
		want   kind
	}{
		"drawn":                   {nothing, drawn, waits},
		"arrived later":           {nothing, keyAfter(0), waits},
		"arrived before":          {nothing, keyAfter(-time.Millisecond), unsure},
		"and the log is known":    {func(t *tick) { t.m.first = 1 }, keyAfter(-time.Millisecond), waits},
		"and the line is further": {func(t *tick) { t.m.called = keyAfter(time.Minute) }, keyAfter(0), unsure},
	} {
		if got := lineOf(c.change).kindOf(queue.Entry{Key: c.key, Conn: "there"}); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// The status need not show to somebody that the line has come when it has shown it, or has called somebody behind.
func TestThoseWhomTheLineHasPassedAreNotToldAgain(t *testing.T) {
	for name, c := range map[string]struct {
		told, called queue.Key
		want         int
	}{
		"neither":         {keyAfter(0), keyAfter(0), 1},
		"told":            {keyAfter(time.Second), keyAfter(0), 0},
		"somebody behind": {keyAfter(0), keyAfter(time.Minute), 0},
	} {
		tick := lineOf(func(t *tick) { t.m.first, t.m.front.told, t.m.called = 1, c.told, c.called })
		h, err := heads.Open(t.Context(), memroom.New().Queue(), tick.s, make([]heads.Passing, tick.s.QueueShards), 1)
		if err != nil {
			t.Fatal(err)
		}
		var l line
		k := tick.sort(h, &l, queue.Entry{Key: keyAfter(time.Second)})
		if k != silent || len(l.silent) != c.want || l.resting != 1 {
			t.Errorf("%s: kind %d, %d to be told, %d rest", name, k, len(l.silent), l.resting)
		}
	}
}

// Nobody is known to wait only by a look that came to the end of the line.
func TestSinceWhenNobodyWaits(t *testing.T) {
	for name, c := range map[string]struct {
		line line
		want bool
	}{
		"seen whole": {line{all: true}, true}, "seen in part": {line{}, false},
		"waiting": {line{all: true, waiting: 1}, false},
	} {
		tick := lineOf(func(t *tick) { t.m.front.emptySince = noon })
		if tick.remember(&c.line); tick.m.front.emptySince.IsZero() == c.want {
			t.Errorf("%s: empty since %v", name, tick.m.front.emptySince)
		}
	}
}
