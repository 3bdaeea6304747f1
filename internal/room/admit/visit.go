package admit

import (
	"context"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// Visit is how a visit stands.
type Visit struct {
	State bucket.State
	Alive bool      // the visitor is inside
	Until time.Time // when it ends or has ended
}

// Visit returns how the visit stands whose grant is at ref. It returns problem.NotFound when that isn't v's grant, and
// problem.UnknownZone.
func (s *Service) Visit(ctx context.Context, zoneName string, v queue.VisitorID, ref bucket.Ref) (Visit, error) {
	settings, err := s.Settings.Settings(ctx, zoneName)
	if err != nil {
		return Visit{}, err
	}
	g, found, err := s.at(ctx, settings, v, ref)
	if err != nil {
		return Visit{}, err
	}
	if !found {
		return Visit{}, problem.New(problem.NotFound, "there is no such visit")
	}
	return s.visit(g), nil
}

func (s *Service) visit(g held) Visit {
	return Visit{State: g.State, Alive: g.State == bucket.Inside && g.Until.After(s.Now()), Until: g.Until}
}

// EndVisit frees the slot of a visitor inside, as the protected site says, and what GiveUp ends unless the
// visitor bought. Repeating it does no harm. It returns problem.NotFound when v has no grant at ref, problem.Conflict
// when the grant changed again and again, and problem.UnknownZone.
func (s *Service) EndVisit(
	ctx context.Context, zoneName string, v queue.VisitorID, ref bucket.Ref, bought bool,
) (Visit, error) {
	settings, err := s.Settings.Settings(ctx, zoneName)
	if err != nil {
		return Visit{}, err
	}
	for range 4 {
		g, found, err := s.at(ctx, settings, v, ref)
		if err != nil {
			return Visit{}, err
		}
		if !found {
			return Visit{}, problem.New(problem.NotFound, "there is no such visit")
		}
		if g.State != bucket.Inside {
			return s.visit(g), nil
		}
		if s.GiveUp != nil && !bought {
			if err := s.GiveUp(ctx, zoneName, v); err != nil {
				return Visit{}, err
			}
		}
		stands, err := s.apply(ctx, settings, g, bucket.Change{
			Ref: g.Ref, Key: g.Key, From: bucket.Inside, To: bucket.Left, Until: s.Now(),
		})
		if err != nil {
			return Visit{}, err
		}
		if stands.State != bucket.Inside {
			return s.visit(stands), nil
		}
	}
	return Visit{}, problem.New(problem.Conflict, "")
}
