package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/bucket"
	"foyer/internal/zone"
)

// live counts the entries of visitors who were there, from a time on.
func (s *sale) live(from time.Time) (n int) {
	for _, p := range s.pages() {
		for _, g := range p.Grants {
			if !p.At.Before(from) && g.State != bucket.Missed && g.State != bucket.Reserved {
				n++
			}
		}
	}
	return n
}

func TestGoneSocketsCostNothing(t *testing.T) {
	for _, c := range []struct {
		name     string
		capacity int
		rate     int
		checks   bool
		want     int // a minute
	}{
		{"rate binds", 5000, 300, true, 300},
		{"capacity binds", 50, 6000, true, 50 * 60 / 31},
		{"rate binds, no checks ahead", 5000, 300, false, 260},
		{"rate binds hard", 20_000, 3000, true, 3000},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSale(t, func(z *zone.Settings) {
				z.Capacity, z.Rate, z.Session, z.Shards = c.capacity, c.rate, 30*time.Second, 8
			})
			if c.checks {
				s.x.Liveness = s.world
			}
			s.conn = func(n int) (string, bool) { return fmt.Sprint("c", n), n%10 == 0 }
			waiting := 0
			fill := func() {
				s.join(max(0, 40*c.rate/60+2000-waiting))
			}
			count := func() { waiting = s.waiting(); fill() }
			fill()
			s.run(45*time.Second, count)
			from := s.now()
			s.run(3*time.Minute, count)
			entries := s.live(from) / 3
			t.Logf("%d a minute of %d", entries, c.want)
			if entries < c.want*95/100 {
				t.Errorf("%d live visitors entered a minute, less than 95 %% of %d", entries, c.want)
			}
		})
	}
}

// waiting counts the entries of the queue.
func (s *sale) waiting() (n int) {
	for shard := range s.zone.Shards {
		head, err := s.cloud.Queue().Head(ctx, s.zone.Zone, shard, [23]byte{}, 1<<20)
		if err != nil {
			s.t.Fatal(err)
		}
		n += len(head)
	}
	return n
}

func TestSilentGhostsCostTheirClaimWindowAtMost(t *testing.T) {
	const rate = 600
	for _, c := range []struct{ share, want int }{{10, 97}, {30, 95}, {50, 95}, {90, 55}} {
		t.Run(fmt.Sprint(c.share, "%"), func(t *testing.T) {
			s := newSale(t, func(z *zone.Settings) {
				z.Capacity, z.Rate, z.Session, z.Window = 5000, rate, time.Minute, 15*time.Second
			})
			s.comes = func(n int) time.Duration {
				if s.rng.IntN(100) < c.share {
					return -1
				}
				return time.Duration(s.rng.IntN(2000)) * time.Millisecond
			}
			fill := func() { s.join(max(0, 1000-s.waiting())) }
			s.run(2*time.Minute, fill)
			from := s.now()
			s.run(3*time.Minute, fill)
			perMinute := s.live(from) / 3
			fewest, most := minutes(s.entered(), from, s.now().Add(-z15))
			t.Logf("%d live entries a minute of %d; %d to %d in any minute", perMinute, rate, fewest, most)
			if perMinute < rate*c.want/100 {
				t.Errorf("%d live entries a minute, less than %d %% of %d", perMinute, c.want, rate)
			}
			if most > rate+rate/50 {
				t.Errorf("%d entries in a minute at a rate of %d", most, rate)
			}
		})
	}
}

const z15 = 15 * time.Second
