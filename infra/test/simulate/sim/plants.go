package sim

import (
	"maps"
)

// plant is a fault that is planted: a guard of the protocol that is missing.
type plant struct {
	stores func(*World, *stores) // nil: it isn't in a store
	within uint64                // seeds that find it
}

// Plants of what isn't a store.
const (
	plantEdgeVersion = "the edge is written whatever its version"
	plantSecondPage  = "the provider opens a second page"
	plantRefundTwice = "a refund of seats is made twice"
	plantBlindShard  = "the head of one shard is overlooked"
)

// plants is every fault that can be planted, and within how many seeds it is found.
var plants = func() map[string]plant {
	all := maps.Clone(roomPlants)
	maps.Copy(all, salePlants)
	return all
}()

// HasPlant reports whether a fault of that name can be planted.
func HasPlant(name string) bool {
	_, found := plants[name]
	return found
}
