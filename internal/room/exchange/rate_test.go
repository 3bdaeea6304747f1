package exchange_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// sale is a simulated on-sale: ticks with jitter, a queue that is never short, and visitors by its functions.
type sale struct {
	*world
	memory  *exchange.Memory
	rng     *rand.Rand
	visitor int
	jitter  time.Duration
	// comes returns how long after the call visitor n claims; 0: at once, negative: never.
	comes func(n int) time.Duration
	// conn returns visitor n's connection and whether it exists; nil: over HTTP only.
	conn func(n int) (string, bool)

	number map[queue.VisitorID]int
	claims []time.Time // when those who are inside claimed
	anew   int         // claims that came so late that their visitors are called anew
	due    []arrival
	last   exchange.Result
	seen   int64 // pages handled
}

type arrival struct {
	at  time.Time
	n   int
	ref bucket.Ref
}

func newSale(t *testing.T, change func(*zone.Settings)) *sale {
	return &sale{
		world: newWorld(t, change), memory: &exchange.Memory{}, rng: rand.New(rand.NewPCG(1, 2)),
		jitter: 100 * time.Millisecond, number: map[queue.VisitorID]int{},
		comes: func(int) time.Duration { return 0 },
	}
}

// join adds visitors to the queue.
func (s *sale) join(n int) {
	for range n {
		s.visitor++
		v := s.world.visitor(s.visitor, epoch.Add(time.Duration(s.visitor)*time.Millisecond))
		s.number[v.ID] = s.visitor
		conn := ""
		if s.conn != nil {
			var there bool
			conn, there = s.conn(s.visitor)
			s.connect(conn, there)
		}
		s.register(v, cmp.Or(conn, "there"))
	}
}

// run ticks for d, a second apart give or take the jitter. Claims fall between ticks.
func (s *sale) run(d time.Duration, perTick func()) {
	end := s.now().Add(d)
	for base := s.now(); base.Before(end); base = base.Add(time.Second) {
		at := base.Add(time.Duration(s.rng.Int64N(int64(2*s.jitter)+1)) - s.jitter)
		s.claim(at)
		s.advance(max(0, at.Sub(s.now())))
		if perTick != nil {
			perTick()
		}
		s.last = s.tick(s.memory)
		s.notice()
	}
}

// notice lets those called know, as a push or a poll would.
func (s *sale) notice() {
	pages, err := s.cloud.Log().Read(ctx, bucket.Of{Zone: s.zone.Zone, Shards: 1}, s.seen+1)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range pages {
		s.seen = p.Number
		if _, err := s.tell.Notify(ctx, s.zone.Zone, nil, p); err != nil {
			s.t.Fatal(err)
		}
		for slot, g := range p.Grants {
			n := s.number[g.Key.Visitor()]
			if wait := s.comes(n); wait >= 0 && (g.Conn == "" || s.conns[g.Conn]) {
				s.due = append(s.due, arrival{p.At.Add(wait), n, bucket.Ref{Page: p.Number, Slot: slot}})
			}
		}
	}
	slices.SortStableFunc(s.due, func(a, b arrival) int { return a.at.Compare(b.at) })
}

// claim lets everyone in who comes before the given time.
func (s *sale) claim(before time.Time) {
	for len(s.due) > 0 && s.due[0].at.Before(before) {
		a := s.due[0]
		s.due = s.due[1:]
		s.advance(max(0, a.at.Sub(s.now())))
		v := s.world.visitor(a.n, epoch.Add(time.Duration(a.n)*time.Millisecond))
		switch _, err := s.admit.Enter(ctx, v, a.ref); {
		case err == nil:
			s.claims = append(s.claims, s.now())
		case problem.CodeOf(err) == problem.NotCalled: // too late in a crowd of ghosts: to be called anew
			s.anew++
		default:
			s.t.Fatalf("visitor %d at %v: %v", a.n, a.ref, err)
		}
	}
}

// entered is the times of all grants that were not missed, in order.
func (s *sale) entered() []time.Time {
	var times []time.Time
	for _, p := range s.pages() {
		for _, g := range p.Grants {
			if g.State != bucket.Missed {
				times = append(times, p.At)
			}
		}
	}
	return times
}

// minutes is the fewest and the most entries in any one minute that lies within from and to.
func minutes(times []time.Time, from, to time.Time) (fewest, most int) {
	fewest = 1 << 30
	for end := from.Add(time.Minute); !end.After(to); end = end.Add(50 * time.Millisecond) {
		first, _ := slices.BinarySearchFunc(times, end.Add(-time.Minute).Add(time.Nanosecond), time.Time.Compare)
		last, _ := slices.BinarySearchFunc(times, end.Add(time.Nanosecond), time.Time.Compare)
		fewest, most = min(fewest, last-first), max(most, last-first)
	}
	return fewest, most
}

func TestTheRateIsKeptOverAnyMinute(t *testing.T) {
	rates := []int{6, 60, 90, 600, 1000, 6000}
	if testing.Short() {
		rates = rates[:3]
	}
	for _, rate := range rates {
		for _, jitter := range []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond} {
			t.Run(fmt.Sprint(rate, jitter), func(t *testing.T) {
				s := newSale(t, func(z *zone.Settings) { z.Capacity, z.Rate, z.Session = 20_000, rate, time.Minute })
				s.jitter = jitter
				s.run(5*time.Minute, func() { s.join(max(0, rate/10+10+len(s.entered())-s.visitor)) })
				fewest, most := minutes(s.entered(), epoch, s.now())
				t.Logf("%d to %d a minute", fewest, most)
				slack := int(math.Ceil(0.02*float64(rate) + 1)) // 2 %, and people are whole
				if most > rate+rate/50 || fewest < rate-slack {
					t.Errorf("rate %d: %d to %d entries in a minute", rate, fewest, most)
				}
			})
		}
	}
}
