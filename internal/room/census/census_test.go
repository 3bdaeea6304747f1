package census_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"foyer/internal/room/census"
	"foyer/internal/room/queue"
	_ "foyer/internal/testkit/sameseed"
)

// allowed is what design.md allows: 1 % of those waiting, or 5 places.
func allowed(waiting int) int { return max(5, waiting/100) }

func distance(a, b int) int { return max(a-b, b-a) }

// worst is the largest error of a place over the sorted keys of those who wait above the called-th (of a hundred
// thousand of them).
func worst(knots census.Knots, keys []queue.Key, called int) int {
	most, upTo := 0, queue.Key{}
	if called > 0 {
		upTo = keys[called-1]
	}
	for i := called; i < len(keys); i += 1 + len(keys)/100_000 {
		most = max(most, distance(knots.Place(keys[i], upTo), i-called+1))
	}
	return most
}

func TestPlacesAreRightWithinOnePercentOrFive(t *testing.T) {
	for _, c := range crowds {
		for _, n := range []int{1, 2, 10, 60, 300, 1000, 10_000, 1_000_000} {
			t.Run(fmt.Sprintf("%s, %d", c.name, n), func(t *testing.T) {
				if n == 1_000_000 && testing.Short() {
					t.Skip("a million is left to the long run")
				}
				keys := c.keys(1, n)
				knots := census.Fit(positions(keys))
				if text := knots.Pack(); len(knots) > census.MaxKnots || len(text) > census.MaxText {
					t.Errorf("%d knots, %d characters", len(knots), len(text))
				}
				if knots.Total() != n {
					t.Errorf("the last knot says %d", knots.Total())
				}
				for _, called := range []int{0, 1, n / 50} {
					if off := worst(knots, keys, called); off > allowed(n-called) {
						t.Errorf("with %d called, off by %d of %d", called, off, n)
					}
				}
			})
		}
	}
}

// Visitors that arrive to spite the fit gain little: before anybody is called the bound holds, and then twice that.
func TestSpitefulCrowds(t *testing.T) {
	for _, bursts := range []int{31, 40, 64, 100, 200} {
		for _, n := range []int{1000, 10_000, 100_000} {
			keys := spiteful(bursts).keys(1, n)
			knots := census.Fit(positions(keys))
			if off := worst(knots, keys, 0); off > allowed(n) {
				t.Errorf("%d bursts: off by %d of %d", bursts, off, n)
			}
			if off := worst(knots, keys, n/3); off > 2*allowed(n) {
				t.Errorf("%d bursts, a third called: off by %d of %d", bursts, off, n)
			}
		}
	}
}

func TestFewAreCountedExactly(t *testing.T) {
	for _, c := range []crowd{crowds[0], crowds[7]} {
		for _, n := range []int{1, 2, 10, 60, 70} {
			keys := c.keys(2, n)
			knots := census.Fit(positions(keys))
			for called := range n {
				if off := worst(knots, keys, called); off > 0 {
					t.Errorf("%s: %d waiting, %d called: off by %d", c.name, n, called, off)
				}
			}
		}
	}
}

// A called key need not be in the queue any more: a claim takes it away.
func TestACalledKeyMayBeGone(t *testing.T) {
	keys := crowds[0].keys(3, 40)
	gone, rest := keys[10], slices.Concat(keys[:10], keys[11:])
	knots := census.Fit(positions(rest))
	if got := knots.UpTo(gone); got != 10 {
		t.Errorf("up to the one who left: %d, want 10", got)
	}
	if got := knots.Place(rest[10], gone); got != 1 {
		t.Errorf("the next in line is at place %d", got)
	}
	if got := knots.Place(rest[3], gone); got != 1 {
		t.Errorf("who returns below the called key is at place %d", got)
	}
}

func TestNobodyWaits(t *testing.T) {
	knots := census.Fit(nil)
	key := crowds[0].keys(1, 1)[0]
	if knots.Pack() != "" || knots.Total() != 0 || knots.Below(key) != 0 || knots.UpTo(key) != 0 ||
		knots.Place(key, key) != 1 {
		t.Errorf("an empty queue gives %v", knots)
	}
}

func TestTheEndsOfTheLine(t *testing.T) {
	for _, all := range [][]uint64{{0}, {1<<64 - 1}, {0, 1<<64 - 1}, {0, 0, 1<<64 - 2, 1<<64 - 1, 1<<64 - 1}} {
		knots := census.Fit(slices.Clone(all))
		if knots.Total() != len(all) {
			t.Errorf("%v counts %d", all, knots.Total())
		}
		if _, err := census.Unpack(knots.Pack()); err != nil {
			t.Errorf("%v: %v", all, err)
		}
	}
}

func TestUnpackRefusesWhatPackNeverWrites(t *testing.T) {
	for name, text := range map[string]string{
		"not base64url":          "a+/=",
		"padded":                 "gAEA==",
		"half a knot":            "gQE",
		"a number cut short":     "gA",
		"first knot not at zero": census.Knots{{At: 5, Below: 1}}.Pack(),
		"same position twice":    census.Knots{{At: 5}, {At: 5, Below: 3}}.Pack(),
		"falling count":          census.Knots{{At: 5}, {At: 6, Below: 3}, {At: 7, Below: 2}}.Pack(),
		"position wraps":         census.Knots{{At: 5}, {At: 4, Below: 3}}.Pack(),
	} {
		if knots, err := census.Unpack(text); err == nil {
			t.Errorf("%s: read %v", name, knots)
		}
	}
}

// anyPositions draws queues of every shape: few or many, spread, clustered and repeated.
func anyPositions(t *rapid.T) []uint64 {
	clusters := rapid.SliceOfN(rapid.Uint64(), 1, 150).Draw(t, "clusters")
	width := rapid.SampledFrom([]uint64{1, 2, 300, 1 << 20, 1 << 50}).Draw(t, "width")
	n := rapid.IntRange(1, 3000).Draw(t, "n")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	out := make([]uint64, n)
	for i := range out {
		base := clusters[r.IntN(len(clusters))]
		out[i] = base + min(r.Uint64N(width), 1<<64-1-base)
	}
	return out
}

// Of any queue, the line stays within its bounds, is monotone, survives its packing, and is off by no more than
// 1 % or 5 places, and half of those who share a position.
func TestAnyQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anyPositions(t)
		knots := census.Fit(all) // sorts
		text := knots.Pack()
		again, err := census.Unpack(text)
		if err != nil || !cmp.Equal(again, knots) {
			t.Fatalf("unpacked %v, %v from %v", again, err, knots)
		}
		if len(knots) > census.MaxKnots || len(text) > census.MaxText || knots.Total() != len(all) {
			t.Fatalf("%d knots, %d characters, total %d of %d", len(knots), len(text), knots.Total(), len(all))
		}
		for i := 0; i < len(all); {
			j := i + 1
			for j < len(all) && all[j] == all[i] {
				j++
			}
			middle, share := (i+j)/2, (j-i+1)/2
			if got := knots.Below(keyAt(all[i])); distance(got, middle) > share+allowed(len(all)) {
				t.Fatalf("below %d: %d, really %d to %d of %d", all[i], got, i, j-1, len(all))
			}
			i = j
		}
	})
}

func TestTheLineNeverFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		knots := census.Fit(anyPositions(t))
		a, b := rapid.Uint64Min(1).Draw(t, "a"), rapid.Uint64Min(1).Draw(t, "b")
		low, high := keyAt(min(a, b)), keyAt(max(a, b))
		if knots.Below(low) > knots.Below(high) || knots.UpTo(low) > knots.UpTo(high) || knots.Below(low) > knots.UpTo(low) {
			t.Fatalf("falls between %v and %v", low, high)
		}
	})
}

// BenchmarkFit counts a million and reports how far off the worst place is, in thousandths of those waiting.
func BenchmarkFit(b *testing.B) {
	for _, c := range append(crowds, spiteful(40), spiteful(100)) {
		for _, n := range []int{10, 10_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s, %d", c.name, n), func(b *testing.B) {
				keys := c.keys(1, n)
				all := positions(keys)
				rand.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
				work := make([]uint64, n)
				var knots census.Knots
				for b.Loop() {
					copy(work, all)
					knots = census.Fit(work)
				}
				off := worst(knots, keys, 0)
				b.ReportMetric(float64(off), "places-off")
				b.ReportMetric(100*float64(off)/float64(n), "%-off")
				b.ReportMetric(float64(len(knots)), "knots")
				b.ReportMetric(float64(len(knots.Pack())), "chars")
			})
		}
	}
}
