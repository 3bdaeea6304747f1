package policy_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	_ "foyer/internal/testkit/sameseed"
)

const seed = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

var opening = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func settings(p zone.Policy) zone.Settings {
	s := zone.New("main")
	s.Policy, s.OpensAt = p, opening
	return s
}

func visitor(n uint64, arrived time.Time) token.Visitor {
	v := token.Visitor{Zone: "main", Arrived: arrived, Priority: queue.DefaultPriority}
	binary.BigEndian.PutUint64(v.ID[8:], n)
	return v
}

func TestChoose(t *testing.T) {
	early, late := visitor(1, opening.Add(-time.Millisecond)), visitor(1, opening)
	grace := opening.Add(zone.DrawGrace)
	drawn := queue.NewKey(8, 0, policy.Rank(seed, early.ID), early.ID)
	after := func(v token.Visitor) queue.Key { return queue.NewKey(8, 1, uint64(v.Arrived.UnixMilli()), v.ID) }
	first := queue.NewKey(8, 0, uint64(early.Arrived.UnixMilli()), early.ID)
	for _, c := range []struct {
		name   string
		v      token.Visitor
		policy zone.Policy
		at     time.Time
		want   policy.Choice
	}{
		{"first come", early, zone.FirstCome, grace, policy.Choice{Key: first}},
		{"in time for the draw", early, zone.Draw, opening.Add(-time.Hour), policy.Choice{Key: drawn}},
		{"at the last moment", early, zone.Draw, grace.Add(-time.Millisecond), policy.Choice{Key: drawn}},
		{"a hoarded token", early, zone.Draw, grace, policy.Choice{Kept: drawn, Otherwise: after(early)}},
		{"arrived at the opening", late, zone.Draw, opening, policy.Choice{Key: after(late)}},
		{"arrived at the opening, much later", late, zone.Draw, grace, policy.Choice{Key: after(late)}},
	} {
		if got := policy.Choose(c.v, settings(c.policy), seed, c.at); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestPriorityGoesBeforeLaneAndRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrival := rapid.Int64Range(0, 1<<40)
		a := visitor(1, time.UnixMilli(arrival.Draw(t, "a")))
		b := visitor(2, time.UnixMilli(arrival.Draw(t, "b")))
		a.Priority, b.Priority = rapid.IntRange(0, 14).Draw(t, "pa"), 15
		for _, p := range []zone.Policy{zone.FirstCome, zone.Draw} {
			for _, ka := range policy.Keys(a, settings(p), seed) {
				for _, kb := range policy.Keys(b, settings(p), seed) {
					if ka.Compare(kb) >= 0 || ka.IsMarker() || kb.IsMarker() {
						t.Fatalf("%v does not go before %v", ka, kb)
					}
				}
			}
		}
	})
}

func TestTheDrawMatchesTheVectors(t *testing.T) {
	// Computed with: printf '%s' <visitor id> | openssl dgst -sha256 -hmac <seed>, and
	// printf 'main<seed>' | sha256sum.
	id := visitor(1, opening).ID
	if got := policy.Rank(seed, id); got != vectorRank {
		t.Errorf("rank %x, want %x", got, uint64(vectorRank))
	}
	if got := policy.Commit("main", seed); got != vectorCommit {
		t.Errorf("commitment %s, want %s", got, vectorCommit)
	}
}

// The draw must be uniform, and say nothing of when people came: ranks by the hundredths, and their correlation with
// the arrival.
func TestTheDrawIsUniformAndIndependentOfArrival(t *testing.T) {
	const n, bins = 50_000, 100
	var count [bins]int
	var sumX, sumXY, sumXX float64
	s := settings(zone.Draw)
	for i := range uint64(n) {
		v := visitor(i, opening.Add(-time.Hour).Add(time.Duration(i)*time.Millisecond))
		x := float64(policy.Choose(v, s, seed, opening).Key.Rank()) / (queue.MaxRank + 1)
		count[int(x*bins)]++
		y := float64(i)/n - 0.5
		sumX, sumXY, sumXX = sumX+x, sumXY+(x-0.5)*y, sumXX+(x-0.5)*(x-0.5)
	}
	chi := 0.0
	for _, c := range count {
		chi += math.Pow(float64(c)-n/bins, 2) / (n / bins)
	}
	if chi > 150 { // 99 degrees of freedom: one in a thousand is above 148
		t.Errorf("chi-squared of the ranks is %.0f", chi)
	}
	if r := sumXY / math.Sqrt(sumXX*n/12); math.Abs(r) > 4/math.Sqrt(n) {
		t.Errorf("rank and arrival correlate: %.4f", r)
	}
}

func TestAnotherSeedIsAnotherDraw(t *testing.T) {
	order := func(seed string) (ids []uint64) {
		keys := []queue.Key{}
		for i := range uint64(100) {
			keys = append(keys, policy.Keys(visitor(i, opening.Add(-1)), settings(zone.Draw), seed)[0])
		}
		slices.SortFunc(keys, queue.Key.Compare)
		for _, k := range keys {
			ids = append(ids, uint64(k[22]))
		}
		return ids
	}
	if slices.Equal(order(seed), order(seed[1:]+"0")) {
		t.Error("the order doesn't depend on the seed")
	}
}

func TestSettled(t *testing.T) {
	for _, c := range []struct {
		name string
		p    zone.Policy
		key  queue.Key
		want bool
	}{
		{"first come", zone.FirstCome, queue.NewKey(8, 0, 5, queue.VisitorID{}), true},
		{"first come, after a draw that is no more", zone.FirstCome, queue.NewKey(8, 1, 5, queue.VisitorID{}), true},
		{"drawn", zone.Draw, queue.NewKey(8, 0, 5, queue.VisitorID{}), true},
		{"arrived before, came after", zone.Draw, queue.NewKey(8, 1, uint64(opening.UnixMilli()-1), queue.VisitorID{}),
			false},
		{"arrived after", zone.Draw, queue.NewKey(8, 1, uint64(opening.UnixMilli()), queue.VisitorID{}), true},
	} {
		if got := policy.Settled(settings(c.p), c.key); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Only a place in the draw itself needs the marker: those who came after it can take a place anew.
func TestDrawn(t *testing.T) {
	drawn, after := queue.NewKey(8, 0, 5, queue.VisitorID{}), queue.NewKey(8, 1, 5, queue.VisitorID{})
	for _, c := range []struct {
		p    zone.Policy
		key  queue.Key
		want bool
	}{{zone.Draw, drawn, true}, {zone.Draw, after, false}, {zone.FirstCome, drawn, false}} {
		if got := policy.Drawn(settings(c.p), c.key); got != c.want {
			t.Errorf("%s, lane %d: %v", c.p, c.key.Lane(), got)
		}
	}
}

const (
	vectorRank   = 0xf84f1eaa679d
	vectorCommit = "14a8850eec0f3841969d0649cb55086932ecf429d369e00a7e7a84870b99b069"
)
