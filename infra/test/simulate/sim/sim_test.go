package sim

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// seeds is how many worlds are played: FOYER_SEEDS, or enough for what is built into a continuous integration.
func seeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("FOYER_SEEDS"), 10, 64); err == nil {
		return n
	}
	if testing.Short() {
		return 60
	}
	return 1000
}

// each plays n worlds, two at a time, and hands their results on in any order.
func each(n uint64, play func(seed uint64)) {
	var next atomic.Uint64
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for seed := next.Add(1) - 1; seed < n; seed = next.Add(1) - 1 {
				play(seed)
			}
		})
	}
	all.Wait()
}

func TestEverythingHolds(t *testing.T) {
	var mu sync.Mutex
	var sum Result
	began := time.Now()
	each(seeds(), func(seed uint64) {
		r := Replay(Config{Seed: seed})
		mu.Lock()
		defer mu.Unlock()
		sum.Steps, sum.Entered, sum.Bought = sum.Steps+r.Steps, sum.Entered+r.Entered, sum.Bought+r.Bought
		sum.Faults, sum.Crashes, sum.Virtual = sum.Faults+r.Faults, sum.Crashes+r.Crashes, sum.Virtual+r.Virtual
		if r.Failure != nil {
			t.Errorf("seed %d\n%v", seed, r.Failure)
		}
	})
	t.Logf("%d worlds in %v: %d steps, %v of virtual time, %d visitors inside, "+
		"%d orders paid, %d faults, %d crashes",
		seeds(), time.Since(began).Round(time.Millisecond), sum.Steps, sum.Virtual.Round(time.Minute), sum.Entered,
		sum.Bought, sum.Faults, sum.Crashes)
}

func TestALargeWorldHolds(t *testing.T) {
	r := Run(Config{Seed: 1, Visitors: 2000, For: 12 * time.Minute})
	if r.Failure != nil || r.Entered < 1000 || r.Bought < 300 {
		t.Errorf("%d inside, %d orders paid\n%v", r.Entered, r.Bought, r.Failure)
	}
}

func TestTheSameSeedIsTheSameWorld(t *testing.T) {
	for seed := range uint64(10) {
		first := Run(Config{Seed: seed})
		for _, story := range []bool{false, true} {
			again := Run(Config{Seed: seed, Story: story})
			if again.Hash != first.Hash || again.Steps != first.Steps {
				t.Errorf("seed %d: %x, and again %x, in %d and %d steps",
					seed, first.Hash, again.Hash, first.Steps, again.Steps)
			}
		}
		if other := Run(Config{Seed: seed + 1000}); other.Hash == first.Hash {
			t.Errorf("seeds %d and %d are the same world", seed, seed+1000)
		}
	}
}

func TestAFailureHasAStoryAndACommand(t *testing.T) {
	c := Config{Seed: 1, Plant: plantBlindShard}
	first, again := Replay(c).Failure, Replay(c).Failure
	if first == nil || first.String() != again.String() {
		t.Fatalf("the story differs:\n%v\n%v", first, again)
	}
	if len(first.Story) < 3 || len(first.Story) > told || !strings.HasPrefix(first.Command, "make simulate SEED=1") {
		t.Errorf("%v", first)
	}
}

func TestEventsHappenInTheirOrder(t *testing.T) {
	var h events
	for n, at := range []time.Duration{5, 3, 3, 9, 1, 5, 3} {
		h.push(event{at: at, order: uint64(n)})
	}
	var all []event
	for len(h) > 0 {
		all = append(all, h.pop())
	}
	if !slices.IsSortedFunc(all, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
	}) {
		t.Errorf("%v", all)
	}
}
