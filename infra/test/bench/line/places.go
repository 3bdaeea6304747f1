package line

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/census"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// arrivals returns the time of an arrival after the first.
var arrivals = []struct {
	name string
	at   func(r *rand.Rand, i int) time.Duration
}{
	{"evenly over an hour", func(r *rand.Rand, _ int) time.Duration { return rand2(r, time.Hour) }},
	{"four of five within a second", func(r *rand.Rand, i int) time.Duration {
		if i%5 > 0 {
			return rand2(r, time.Second)
		}
		return rand2(r, time.Hour)
	}},
	{"fading out", func(r *rand.Rand, _ int) time.Duration {
		return time.Duration(r.ExpFloat64() * float64(10*time.Minute))
	}},
	{"thirty bursts of a second", func(r *rand.Rand, i int) time.Duration {
		return time.Duration(i%30)*time.Minute + rand2(r, time.Second)
	}},
}

func rand2(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most)))
}

// PlaceErrors compares the place that every visitor is shown, by the census's line, with the true one.
func PlaceErrors(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	for _, p := range []zone.Policy{zone.FirstCome, zone.Draw} {
		for _, n := range measure.Pick(e, []int{10, 10_000, 1_000_000}, []int{10, 10_000, 50_000}) {
			worst, at := 0, ""
			for _, a := range arrivals {
				if ctx.Err() != nil {
					return rows, ctx.Err()
				}
				if off := placeError(keysOf(p, n, a.at)); off >= worst {
					worst, at = off, a.name
				}
			}
			bound := math.Max(5, float64(n)/100)
			rows = append(rows, measure.AtMost(fmt.Sprintf("places off at most, %s waiting, %s", measure.Thousands(int64(n)), p),
				bound,
				float64(worst), "").With(
				"worst of %d crowds: %s; %.3f %% of those waiting", len(arrivals), at, 100*float64(worst)/float64(n)))
		}
	}
	return rows, nil
}

// keysOf returns the order keys of n visitors that arrived before the opening, or after it for first come first served,
// in order.
func keysOf(p zone.Policy, n int, at func(*rand.Rand, int) time.Duration) []queue.Key {
	r := rand.New(rand.NewPCG(9, uint64(n)))
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s := zone.New("main")
	s.Policy, s.OpensAt = p, start.Add(40*time.Minute) // some come after a draw's opening
	keys := make([]queue.Key, n)
	for i := range keys {
		v := token.Visitor{Zone: "main", ID: visitorID(i), Arrived: start.Add(at(r, i)).Truncate(time.Millisecond),
			Priority: queue.DefaultPriority}
		keys[i] = policy.Keys(v, s, drawSeed)[0]
	}
	slices.SortFunc(keys, queue.Key.Compare)
	return keys
}

// placeError is the most places that anyone is shown wrong, at first and when half were called.
func placeError(keys []queue.Key) (worst int) {
	positions := make([]uint64, len(keys))
	for i, k := range keys {
		positions[i] = census.Position(k)
	}
	knots := census.Fit(positions)
	half := keys[len(keys)/2]
	for i, k := range keys {
		worst = max(worst, distance(knots.Place(k, queue.Key{}), i+1))
		if i > len(keys)/2 {
			worst = max(worst, distance(knots.Place(k, half), i-len(keys)/2))
		}
	}
	return worst
}

func distance(a, b int) int { return max(a-b, b-a) }
