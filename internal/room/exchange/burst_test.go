package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/zone"
)

// burst is the most entries within any span of d.
func burst(times []time.Time, d time.Duration) int {
	most, first := 0, 0
	for last := range times {
		for times[last].Sub(times[first]) >= d {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func TestNoBurstAfterAPauseOrAnIdleTime(t *testing.T) {
	const rate = 600 // 10 a second: 2 s' worth saved, and what comes while they enter
	for name, quiet := range map[string]func(*sale){
		"pause": func(s *sale) {
			s.set(func(z *zone.Settings) { z.State = zone.Paused })
			s.run(3*time.Minute, nil)
			s.set(func(z *zone.Settings) { z.State = zone.Open })
		},
		"idle": func(s *sale) {
			s.run(10*time.Minute, nil)
		},
		"exchanger away": func(s *sale) { s.advance(2 * time.Minute) },
		"full": func(s *sale) {
			s.set(func(z *zone.Settings) { z.Capacity = 0 })
			s.run(90*time.Second, nil)
			s.set(func(z *zone.Settings) { z.Capacity = 10_000 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSale(t, func(z *zone.Settings) { z.Capacity, z.Rate, z.Session = 10_000, rate, time.Minute })
			s.jitter = 0
			s.join(600)
			s.run(time.Minute, nil)
			if name == "idle" {
				quietly := len(s.entered())
				if quietly < 598 {
					t.Fatalf("%d entered, the queue isn't empty", quietly)
				}
			}
			quiet(s)
			s.join(600)
			from := len(s.entered())
			s.run(time.Minute, nil)
			after := s.entered()[from:]
			if len(after) < rate*98/100 {
				t.Errorf("only %d entered in the minute after", len(after))
			}
			if most := burst(after, 2*time.Second); most > 31 {
				t.Errorf("%d entered within 2 s", most)
			}
			if fewest, most := minutes(s.entered(), epoch, s.now()); most > rate+rate/50 {
				t.Errorf("%d to %d entered in a minute", fewest, most)
			}
		})
	}
}

func TestARateLoweredOrRaisedTakesEffectWithinSeconds(t *testing.T) {
	s := newSale(t, func(z *zone.Settings) { z.Capacity, z.Rate, z.Session = 10_000, 1200, time.Minute })
	s.join(4000)
	s.run(2*time.Minute, nil)
	s.set(func(z *zone.Settings) { z.Rate = 60 })
	from := len(s.entered())
	s.run(time.Minute, nil)
	if n := len(s.entered()) - from; n > 61 {
		t.Errorf("%d entered in the minute after lowering to 60", n)
	}
	s.run(time.Minute, nil)
	from = len(s.entered())
	s.run(time.Minute, nil)
	if n := len(s.entered()) - from; n < 58 || n > 61 {
		t.Errorf("%d entered in a minute at 60", n)
	}
	s.set(func(z *zone.Settings) { z.Rate = 1200 })
	from = len(s.entered())
	s.run(10*time.Second, nil)
	if n := len(s.entered()) - from; n < 180 || n > 245 {
		t.Errorf("%d entered in the 10 s after raising to 1,200", n)
	}
}
