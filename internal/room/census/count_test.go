package census

import (
	"context"
	"testing"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

func TestMarkersAreNotPeople(t *testing.T) {
	ctx, cloud, now := context.Background(), memroom.New(), time.UnixMilli(4_000_000_000_000)
	visitor := queue.VisitorID{1}
	for _, key := range []queue.Key{queue.NewKey(8, 0, 7, visitor), queue.Marker(queue.VisitorID{2})} {
		if _, err := cloud.Queue().Register(ctx, queue.Of{Zone: "z", Shards: 1},
			queue.Entry{Key: key, RegisteredAt: now}); err != nil {
			t.Fatal(err)
		}
	}
	counter := Counter{Queue: cloud.Queue(), Now: func() time.Time { return now }}
	got, err := counter.Count(ctx, zone.Settings{Zone: "z", QueueShards: 1})
	if err != nil || got.Total != 1 {
		t.Fatalf("one person and one marker: counted %d, %v", got.Total, err)
	}
}
