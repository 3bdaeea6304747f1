package relay

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"foyer/internal/room/event"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

func TestTheLargestStateFitsWithTheWholeTitleOfPrintableText(t *testing.T) {
	key := strings.Repeat("A", 43)
	keys := token.EdgeKeys{Keys: []token.EdgeKey{{"k1234567", key}, {"k1234568", key}},
		Lasting: token.EdgeKey{"l1234567", key}}
	for name, c := range map[string]struct {
		of   string
		kept int
	}{
		"letters":            {"x", zone.MaxTitle},
		"quotation marks":    {`"`, zone.MaxTitle},
		"emoji":              {"😀", zone.MaxTitle},
		"control characters": {"\x00", zone.MaxTitle},
		"line separators":    {"\u2028", zone.MaxTitle},
	} {
		s := zone.New(strings.Repeat("z", 32))
		s.Title, s.Policy, s.OpensAt = strings.Repeat(c.of, zone.MaxTitle), zone.Draw, time.UnixMilli(1893456000000)
		s.Version = 1 << 40
		st := zone.Status{
			Zone: s.Zone, Version: 1 << 40, At: s.OpensAt, Called: queue.NewKey(8, 0, 1<<47, queue.VisitorID{0xff}),
			Waiting: 10_000_000, Inside: 320_000, SeatsLeft: 1_000_000, RateLow: 1_000_000, RateHigh: 1_000_000,
			Seed: strings.Repeat("a", 64), Commit: strings.Repeat("b", 64),
		}
		z, _ := compose(s, event.Event{Version: 1 << 20}.Told(s.Title), st, keys, s.OpensAt.Add(time.Minute))
		if z.Seed == "" {
			t.Fatal("the seed is not out yet: there is a larger state")
		}
		if size, kept := len(encode(z)), utf8.RuneCountInString(z.Title); size > MaxValue || kept != c.kept {
			t.Errorf("%s: %d bytes with %d characters of the title, want %d", name, size, kept, c.kept)
		}
	}
}

func TestAnOlderCensusIsNotLater(t *testing.T) {
	have := knots{At: 2000, Total: 5, Knots: "b"}
	for _, c := range []struct {
		want  knots
		after bool
	}{
		{knots{At: 1999, Total: 7, Knots: "a"}, false},
		{knots{At: 2000, Total: 5, Knots: "b"}, false},
		{knots{At: 3000, Total: 5, Knots: "b"}, false},
		{knots{At: 2000, Total: 6, Knots: "b"}, true},
		{knots{At: 3000, Total: 5, Knots: "c"}, true},
	} {
		if c.want.after(have) != c.after {
			t.Errorf("%+v after %+v: %v", c.want, have, !c.after)
		}
	}
}

// A value goes backwards with either of its versions.
func TestWhatIsOlderIsBehind(t *testing.T) {
	have := state{Versions: [2]int64{4, 7}}
	for versions, want := range map[[2]int64]bool{
		{4, 7}: false, {5, 8}: false, {3, 7}: true, {3, 8}: true, {4, 6}: true, {5, 6}: true,
	} {
		if got := (state{Versions: versions}).behind(have); got != want {
			t.Errorf("%v is behind: %v", versions, got)
		}
	}
}
