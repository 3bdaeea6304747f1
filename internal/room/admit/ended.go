package admit

import (
	"context"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// calledFor is how long a process that is busy with registrations remembers the highest order key called: all of them
// ask for it, and so many reads of one page would slow down the ticks.
const calledFor = 500 * time.Millisecond

// maxCalled bounds the zones for which it is remembered.
const maxCalled = 1000

// lastCalled is the highest order key called, as last read. It is kept only where the read before was a moment earlier.
type lastCalled struct {
	key  queue.Key
	kept bool
}

// Ended returns problem.Ended when visitor v has been inside and is not any more: the token gives no place again. While
// v was never called, as almost everybody who registers, it reads no more than the newest page of the log.
func (s *Service) Ended(ctx context.Context, settings zone.Settings, v token.Visitor) error {
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return err
	}
	highest, err := s.highestCalled(ctx, settings)
	if err != nil || !slices.ContainsFunc(keys, func(k queue.Key) bool { return k.Compare(highest) <= 0 }) {
		return err
	}
	g, _, err := s.find(ctx, settings, v, bucket.Ref{})
	if err != nil {
		return err
	}
	over := g.State == bucket.Inside && !g.Until.After(s.Now())
	if over || g.State == bucket.Left || g.State == bucket.Expired {
		return ended()
	}
	return nil
}

// highestCalled returns the highest order key called in the zone; the zero key before the first.
func (s *Service) highestCalled(ctx context.Context, settings zone.Settings) (queue.Key, error) {
	now := s.Now()
	last, recent := s.highest.Get(settings.Zone, now)
	if last.kept {
		return last.key, nil
	}
	newest, err := s.Log.ReadBack(ctx, settings.Grants(), 0, 1)
	if err != nil {
		return queue.Key{}, err
	}
	last = lastCalled{kept: recent}
	if len(newest) > 0 {
		last.key = newest[0].Called
	}
	s.highest.Put(settings.Zone, last, now.Add(calledFor), maxCalled)
	return last.key, nil
}
