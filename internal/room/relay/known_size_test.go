package relay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/known"
)

func TestKnownSize(t *testing.T) {
	known.Fault(t, "size")
	key := strings.Repeat("A", 43)
	keys := []Key{{"k1234567", key, key, key}, {"k1234568", key, key, key}}
	for name, title := range map[string]string{"ascii": strings.Repeat("x", 60), "emoji": strings.Repeat("😀", 60), "quotes": strings.Repeat("\"", 60), "nul": strings.Repeat("\x00", 60), "ls": strings.Repeat("\u2028", 60), "none": ""} {
		s := zone.New(strings.Repeat("z", 32))
		s.Title, s.Policy, s.OpensAt, s.Version = title, zone.Draw, time.UnixMilli(1893456000000), 1<<40
		st := zone.Status{
			Zone:      s.Zone,
			Version:   1 << 40,
			At:        time.UnixMilli(1893456100000),
			Called:    queue.NewKey(8, 0, 1<<47, queue.VisitorID{0xff}),
			Waiting:   10_000_000,
			Inside:    320_000,
			SeatsLeft: 1_000_000,
			RateLow:   1_000_000,
			RateHigh:  1_000_000,
			Seed:      strings.Repeat("a", 64),
			Commit:    strings.Repeat("b", 64),
		}
		z, _ := compose(s, st, keys, time.UnixMilli(1893456100000))
		full := z
		full.Title = title
		fmt.Printf(
			"%-7s value %d bytes (unfit %d), title kept %d of 60\n",
			name,
			len(encode(z)),
			len(encode(full)),
			len([]rune(z.Title)),
		)
	}
}
