package admit

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Leave gives up whatever visitor v has: first what GiveUp ends, then the slot of a visitor inside, the reservation of
// one who was called, the place of one who waits. A visitor who was inside can't come back on the same token. Repeating
// it does no harm. It returns problem.UnknownZone, and problem.Conflict when the grant changed again and again.
func (s *Service) Leave(ctx context.Context, v token.Visitor, ref bucket.Ref) error {
	settings, err := s.Settings.Settings(ctx, v.Zone)
	if err != nil {
		return err
	}
	if s.GiveUp != nil {
		if err := s.GiveUp(ctx, v.Zone, v.ID); err != nil {
			return err
		}
	}
	hasPlace := true
	for range 6 {
		g, _, err := s.find(ctx, settings, v, ref)
		if err != nil {
			return err
		}
		if g.State.Live() {
			done, err := s.requeue(ctx, settings, g)
			if err != nil || g.State == bucket.Inside {
				return err // an entry that was changed first has ended too; the place went with the entry
			}
			if !done {
				continue
			}
		}
		if !hasPlace {
			return nil
		}
		if err := s.giveUpPlace(ctx, settings, v); err != nil {
			return err
		}
		hasPlace = false // and a look whether a tick that had read it called v by it
	}
	return problem.New(problem.Conflict, "")
}

// requeue ends a live grant, and reports whether it did: not when somebody changed it first.
func (s *Service) requeue(ctx context.Context, settings zone.Settings, g held) (bool, error) {
	to := bucket.Left
	if g.State == bucket.Reserved {
		to = bucket.Missed
	}
	stands, err := s.apply(ctx, settings, g, bucket.Change{
		Ref: g.Ref, Key: g.Key, From: g.State, To: to, Until: s.Now(),
	})
	return stands.State == to, err
}

// giveUpPlace removes every place that v can have, and the marker that could bring one back.
func (s *Service) giveUpPlace(ctx context.Context, settings zone.Settings, v token.Visitor) error {
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return err
	}
	if len(keys) > 1 {
		keys = append(keys, queue.Marker(v.ID))
	}
	for _, key := range keys {
		if err := s.Queue.Remove(ctx, settings.Queue(), key); err != nil {
			return err
		}
	}
	return nil
}
