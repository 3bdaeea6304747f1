package line

import (
	"slices"
	"testing"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/queue"
)

func TestVisitorsAreToldApartByTheirIDs(t *testing.T) {
	shards := map[int]int{}
	for n := range 1000 {
		v := visitorID(n)
		if number(v) != n {
			t.Fatalf("visitor %d is read back as %d", n, number(v))
		}
		shards[v.Shard(4)]++
	}
	for shard, n := range shards {
		if n < 200 || n > 300 {
			t.Errorf("%d of 1,000 visitors in shard %d of 4", n, shard)
		}
	}
}

func TestLoadedPlacesComeInOrder(t *testing.T) {
	var keys []queue.Key
	for n := 0; n < 100; n += 10 {
		keys = append(keys, loaded(n, time.UnixMilli(1_700_000_000_000)).Key)
	}
	if !slices.IsSortedFunc(keys, queue.Key.Compare) {
		t.Error("later places come earlier")
	}
}

func TestPlacesOfAFewAreExact(t *testing.T) {
	rows, err := PlaceErrors(t.Context(), &measure.Env{Quick: true})
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Verdict != measure.Met {
			t.Errorf("%s: %s of %s", r.What, r.Measured, r.Budget)
		}
	}
}
