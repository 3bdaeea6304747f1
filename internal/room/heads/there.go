package heads

import (
	"context"
	"slices"
	"sync"

	"foyer/internal/parallel"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// There returns which of some places are there. They should lie close together: what lies between is read too.
func There(ctx context.Context, store queue.Store, s zone.Settings, keys []queue.Key) (map[queue.Key]bool, error) {
	of := make([][]queue.Key, s.QueueShards)
	for _, k := range keys {
		i := k.Visitor().Shard(s.QueueShards)
		of[i] = append(of[i], k)
	}
	var mu sync.Mutex
	there := map[queue.Key]bool{}
	err := parallel.Safely(ctx, len(of), maxParallel, func(i int) error {
		if len(of[i]) == 0 {
			return nil
		}
		last, after := slices.MaxFunc(of[i], queue.Key.Compare), slices.MinFunc(of[i], queue.Key.Compare).Before()
		for after.Compare(last) < 0 {
			entries, err := store.Head(ctx, s.Zone, i, after, headLimit(len(of[i]), 1))
			if err != nil || len(entries) == 0 {
				return err
			}
			mu.Lock()
			for _, e := range entries {
				there[e.Key] = true
			}
			mu.Unlock()
			after = entries[len(entries)-1].Key
		}
		return nil
	})
	return there, err
}
