package exchange_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
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
			if testing.Short() && c.capacity > 5000 {
				t.Skip("a long one")
			}
			s := newSale(t, func(z *zone.Settings) {
				z.Capacity, z.Rate, z.Session, z.QueueShards = c.capacity, c.rate, 30*time.Second, 8
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
	for shard := range s.zone.QueueShards {
		head, err := s.cloud.Queue().Head(ctx, s.zone.Zone, shard, [23]byte{}, 1<<20)
		if err != nil {
			s.t.Fatal(err)
		}
		n += len(head)
	}
	return n
}

// never is a share, in percent, of visitors who never claim; the others do within so many seconds.
func (s *sale) never(share int, seconds float64) func(int) time.Duration {
	return func(int) time.Duration {
		if s.rng.IntN(100) < share {
			return -1
		}
		return time.Duration(s.rng.Float64() * seconds * float64(time.Second))
	}
}

func TestSilentGhostsDontCountAgainstTheRate(t *testing.T) {
	const rate = 600
	for _, c := range []struct {
		share  int // percent of ghosts
		window time.Duration
		want   int // percent of the rate
	}{
		{10, 30 * time.Second, 97},
		{50, 30 * time.Second, 96},
		{90, 30 * time.Second, 93},
		{90, time.Minute, 88},
	} {
		t.Run(fmt.Sprintf("%d%% for %v", c.share, c.window), func(t *testing.T) {
			s := newSale(t, func(z *zone.Settings) {
				z.Capacity, z.Rate, z.Session, z.Window = 20_000, rate, time.Minute, c.window
			})
			if testing.Short() && (c.window > 30*time.Second || c.share > 50) {
				t.Skip("a long one")
			}
			s.comes = s.never(c.share, 2)
			fill := func() { s.join(max(0, 1000+s.last.Reserved-s.waiting())) }
			s.run(2*c.window+30*time.Second, fill)
			from := len(s.claims)
			s.run(3*time.Minute, fill)
			claims := s.claims[from:]
			perMinute := len(claims) / 3
			fewest, most := minutes(claims, claims[0], s.now())
			t.Logf("%d claims a minute of %d; %d to %d in any minute", perMinute, rate, fewest, most)
			if perMinute < rate*c.want/100 {
				t.Errorf("%d claims a minute, less than %d %% of %d", perMinute, c.want, rate)
			}
			if most > rate*103/100 { // the rate's fiftieth, and chance
				t.Errorf("%d claims in a minute at a rate of %d", most, rate)
			}
			if s.anew > 0 {
				t.Errorf("%d who claimed within seconds were sent back", s.anew)
			}
		})
	}
}

// A window may be longer than what a tick looks back on otherwise.
func TestSilentGhostsDontCountHoweverLongTheWindowIs(t *testing.T) {
	const rate, window = 60, zone.MaxWindow
	s := newSale(t, func(z *zone.Settings) {
		z.Capacity, z.Rate, z.Session, z.Window = 20_000, rate, time.Minute, window
	})
	s.comes = s.never(80, 2)
	fill := func() { s.join(max(0, 500+s.last.Reserved-s.waiting())) }
	s.run(window+3*time.Minute, fill)
	from := len(s.claims)
	s.run(3*time.Minute, fill)
	if perMinute := (len(s.claims) - from) / 3; perMinute < rate*80/100 {
		t.Errorf("%d claims a minute at a rate of %d", perMinute, rate)
	} else {
		t.Logf("%d claims a minute of %d", perMinute, rate)
	}
}

func TestGhostsWhoWakeAllAtOnceBringTwiceTheRateAtMost(t *testing.T) {
	rate := 600
	if testing.Short() {
		rate = 200
	}
	woken := epoch.Add(150 * time.Second)
	for name, from := range map[string]time.Time{
		"the ghosts end": woken, // those called from then on are all real
		// Those called within a window before keep silent, and claim all at the same moment.
		"turns were saved up": woken.Add(-55 * time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSale(t, func(z *zone.Settings) {
				z.Capacity, z.Rate, z.Session, z.Window = 20_000, rate, 2*time.Minute, time.Minute
			})
			s.comes = s.never(90, 2)
			fill := func() {
				if !s.now().Before(from) {
					s.comes = func(int) time.Duration { return max(500*time.Millisecond, woken.Sub(s.now())) }
				}
				s.join(max(0, 1000+s.last.Reserved-s.waiting()))
			}
			s.jitter = 0
			s.run(4*time.Minute, fill)
			fewest, most := minutes(s.claims, woken.Add(-time.Minute), s.now())
			t.Logf("%d to %d claims in any minute; %d called anew", fewest, most, s.anew)
			if most > bucket.MaxBooked*rate {
				t.Errorf("%d claims in a minute at a rate of %d", most, rate)
			}
		})
	}
}

// counted counts the connections looked up; none is there.
type counted struct{ n atomic.Int64 }

func (c *counted) Alive(context.Context, string) (bool, error) { c.n.Add(1); return false, nil }

// However many zones are full of ghosts, an exchanger's look-ups stay within one budget, and each zone has a part.
func TestLookUpsOfAllZonesHaveOneBudget(t *testing.T) {
	const zones = 20
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.QueueShards = 5000, 24_000, 1 })
	looked := &counted{}
	w.x.Liveness = looked
	memories, settings := make([]exchange.Memory, zones), make([]zone.Settings, zones)
	ghosts := func(second int) {
		for i := range zones {
			settings[i] = w.zone
			settings[i].Zone = fmt.Sprint("zone-", i)
			for n := range 600 {
				v := w.visitor(i*100_000+second*1000+n, epoch)
				e := queue.Entry{Key: policy.Keys(v, w.zone, "")[0], Conn: fmt.Sprint(i, n), RegisteredAt: epoch, ConnAt: epoch}
				_, err := w.cloud.Queue().Register(ctx, settings[i].Queue(), e)
				is(t, err, "")
			}
		}
	}
	w.advance(time.Minute)
	for second := range 3 {
		ghosts(second)
		before := looked.n.Load()
		for i := range zones {
			r, err := w.x.Tick(ctx, settings[i], &memories[i])
			is(t, err, "")
			if r.Checked == 0 {
				t.Errorf("second %d: zone %d looked nobody up", second, i)
			}
		}
		if n := looked.n.Load() - before; n > exchange.MaxChecksPerSecond || n < exchange.MaxChecksPerSecond*9/10 {
			t.Errorf("second %d: %d look-ups, of %d", second, n, exchange.MaxChecksPerSecond)
		}
		w.advance(time.Second)
	}
}
