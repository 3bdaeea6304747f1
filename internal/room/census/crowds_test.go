package census_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"foyer/internal/room/census"
	"foyer/internal/room/queue"
)

const (
	opens  = uint64(1_700_000_000_000) // ms
	second = uint64(1000)
	hour   = 3600 * second
)

// A crowd makes the order keys of n who wait.
type crowd struct {
	name string
	rank func(r *rand.Rand, i, n int) (priority, lane int, rank uint64)
}

func firstCome(rank func(r *rand.Rand, i, n int) uint64) func(*rand.Rand, int, int) (int, int, uint64) {
	return func(r *rand.Rand, i, n int) (int, int, uint64) {
		return queue.DefaultPriority, 0, opens + rank(r, i, n)
	}
}

// crowds is how people arrive: evenly, in bursts, and as nobody would unless to spite the fit.
var crowds = []crowd{
	{"evenly over an hour", firstCome(func(r *rand.Rand, _, _ int) uint64 { return r.Uint64N(hour) })},
	{"80 % within one second", firstCome(func(r *rand.Rand, i, _ int) uint64 {
		if i%5 > 0 {
			return r.Uint64N(second)
		}
		return r.Uint64N(hour)
	})},
	{"fading out", firstCome(func(r *rand.Rand, _, _ int) uint64 { return uint64(r.ExpFloat64() * float64(60*second)) })},
	{"before and after opening", firstCome(func(r *rand.Rand, _, _ int) uint64 {
		return uint64(max(0, float64(hour)+r.NormFloat64()*float64(300*second)))
	})},
	{"all in one millisecond", firstCome(func(*rand.Rand, int, int) uint64 { return 0 })},
	{"a hundred to a millisecond", firstCome(func(_ *rand.Rand, i, _ int) uint64 { return uint64(i/100) * 37 })},
	{
		"a burst a minute",
		firstCome(func(r *rand.Rand, i, _ int) uint64 { return uint64(i%30)*60*second + r.Uint64N(second) }),
	},
	{"draw", func(r *rand.Rand, _, _ int) (int, int, uint64) { return queue.DefaultPriority, 0, r.Uint64N(1 << 48) }},
	{"draw and late-comers", func(r *rand.Rand, i, _ int) (int, int, uint64) {
		if i%3 > 0 {
			return queue.DefaultPriority, 0, r.Uint64N(1 << 48)
		}
		return queue.DefaultPriority, 1, opens + r.Uint64N(hour)
	}},
	{"invited and others", func(r *rand.Rand, i, _ int) (int, int, uint64) {
		return []int{1, 3, 8, 8, 8}[i%5], 0, opens + uint64(r.ExpFloat64()*float64(60*second))
	}},
}

// spiteful crowds come in k bursts of one millisecond, the gaps between them growing: two knots a burst are needed.
func spiteful(bursts int) crowd {
	return crowd{fmt.Sprintf("%d bursts at growing gaps", bursts), firstCome(func(_ *rand.Rand, i, _ int) uint64 {
		return uint64(1000 * math.Pow(1.3, float64(i%bursts)))
	})}
}

func (c crowd) keys(seed uint64, n int) []queue.Key {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	keys := make([]queue.Key, n)
	for i := range keys {
		var v queue.VisitorID
		binary.BigEndian.PutUint64(v[:], r.Uint64())
		binary.BigEndian.PutUint64(v[8:], r.Uint64())
		priority, lane, rank := c.rank(r, i, n)
		keys[i] = queue.NewKey(priority, lane, rank, v)
	}
	slices.SortFunc(keys, queue.Key.Compare)
	return keys
}

func positions(keys []queue.Key) []uint64 {
	out := make([]uint64, len(keys))
	for i, k := range keys {
		out[i] = census.Position(k)
	}
	return out
}

// keyAt is a key at a position.
func keyAt(position uint64) queue.Key {
	var k queue.Key
	binary.BigEndian.PutUint64(k[:], position)
	return k
}
