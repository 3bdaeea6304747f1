package zone

import (
	"context"
	"time"

	"foyer/internal/cache"
)

// Wakes tells exchangers of visitors who register in idle zones: at those they look rarely.
type Wakes interface {
	// Idle reports whether the zone's status says that it is idle, read consistently; false for one that has none yet.
	Idle(ctx context.Context, zone string) (bool, error)

	// Wake counts that somebody registered in the zone.
	Wake(ctx context.Context, zone string) error

	// Woken returns each zone's count, read consistently.
	Woken(ctx context.Context) (map[string]int64, error)
}

// Times of idle zones.
const (
	// IdleFor is how long what was read of a zone's being idle may be remembered.
	IdleFor = 5 * time.Second
	// wakeEvery is how often a process wakes a zone at most.
	wakeEvery = time.Second
)

// Waker wakes idle zones. It is safe for use by several goroutines.
type Waker struct {
	Wakes Wakes
	Now   func() time.Time

	idle cache.Cache[string, bool]
	woke cache.Cache[string, struct{}]
}

// Registered wakes the zone, in which somebody has a place by now, if it is idle or may be. Where that fails, the place
// is there all the same: the next who registers tries again, and a run of exchangers that begins, as one does each
// minute, sees by the census that somebody waits.
func (w *Waker) Registered(ctx context.Context, zone string) {
	now := w.Now()
	idle, known := w.idle.Get(zone, now)
	if !known {
		var err error
		if idle, err = w.Wakes.Idle(ctx, zone); err != nil {
			idle = true
		} else {
			keep := IdleFor
			if idle { // it is awake within a second or two
				keep = wakeEvery
			}
			w.idle.Put(zone, idle, now.Add(keep), maxCached)
		}
	}
	if !idle || !w.woke.Add(zone, struct{}{}, now, now.Add(wakeEvery), maxCached) {
		return
	}
	err := w.Wakes.Wake(ctx, zone)
	if err != nil {
		err = w.Wakes.Wake(ctx, zone)
	}
	if err != nil {
		w.woke.Delete(zone)
	}
}
