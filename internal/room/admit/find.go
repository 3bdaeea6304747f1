package admit

import (
	"context"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// searchSlack is how much older than window and visit together the grant in question may be: the exchanger may be late.
const searchSlack = 5 * time.Minute

// held is a visitor's grant as just read.
type held struct {
	bucket.Grant
	Ref bucket.Ref
	At  time.Time // when it was made
}

// at reads the grant at ref, if it is v's.
func (s *Service) at(
	ctx context.Context, settings zone.Settings, v queue.VisitorID, ref bucket.Ref,
) (held, bool, error) {
	if ref.IsZero() {
		return held{}, false, nil
	}
	p, found, err := s.Log.Get(ctx, settings.Grants(), ref.Page)
	if err != nil || !found || ref.Slot >= len(p.Grants) || p.Grants[ref.Slot].Key.Visitor() != v {
		return held{}, false, err
	}
	return held{p.Grants[ref.Slot], ref, p.At}, true, nil
}

// find returns v's newest grant: at the hint, unless that one was missed and there may be a newer, or else by a search
// that a token which was never called can't make expensive.
func (s *Service) find(
	ctx context.Context, settings zone.Settings, v token.Visitor, hint bucket.Ref,
) (held, bool, error) {
	g, found, err := s.at(ctx, settings, v.ID, hint)
	if err != nil || found && g.State != bucket.Missed {
		return g, found, err
	}
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return held{}, false, err
	}
	since := s.Now().Add(-settings.Window - settings.VisitLimit() - searchSlack)
	ref, found, err := s.Exchange.Find(ctx, settings, s.memory(settings.Zone), v.ID, keys, since)
	if err != nil || !found {
		return held{}, false, err
	}
	return s.at(ctx, settings, v.ID, ref)
}

// keys returns every order key that v can have.
func (s *Service) keys(ctx context.Context, settings zone.Settings, v token.Visitor) ([]queue.Key, error) {
	if settings.Policy != zone.Draw {
		return policy.Keys(v, settings, ""), nil
	}
	seed, err := s.Seed(ctx, settings.Zone)
	if err != nil {
		return nil, err
	}
	return policy.Keys(v, settings, seed), nil
}

// absent returns the error for a visitor who has no live grant: to wait, when there is a place in the queue, and
// otherwise to register again, for a place is lost by being away when it is called.
func (s *Service) absent(ctx context.Context, settings zone.Settings, v token.Visitor) error {
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return err
	}
	for _, key := range keys {
		_, found, err := s.Queue.Get(ctx, settings.Queue(), key)
		if err != nil {
			return err
		}
		if found {
			return notCalled(2 * time.Second)
		}
	}
	return missed()
}
