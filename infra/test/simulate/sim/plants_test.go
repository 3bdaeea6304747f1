package sim

import (
	"maps"
	"slices"
	"sync"
	"testing"
)

// Each guard is taken away in turn, and must be missed within its number of worlds.
func TestEveryPlantedFaultIsFound(t *testing.T) {
	names := slices.Sorted(maps.Keys(plants))
	if len(names) < 20 {
		t.Errorf("only %d faults are planted", len(names))
	}
	var mu sync.Mutex
	each(uint64(len(names)), func(n uint64) {
		name := names[n]
		if testing.Short() && plants[name].within > 100 {
			return
		}
		for seed := range plants[name].within {
			if r := Run(Config{Seed: seed, Plant: name}); r.Failure != nil {
				mu.Lock()
				t.Logf("%s: found by world %d of %d: %s", name, seed+1, plants[name].within, r.Failure.What)
				mu.Unlock()
				return
			}
		}
		t.Errorf("%s: not found", name)
	})
}
