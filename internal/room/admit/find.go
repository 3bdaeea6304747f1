package admit

import (
	"context"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// held is a visitor's grant as just read; the zero held is none.
type held struct {
	bucket.Grant
	Ref bucket.Ref
	At  time.Time // when it was made
}

func (h held) found() bool { return !h.Ref.IsZero() }

// at reads the grant at ref, if it is v's.
func (s *Service) at(
	ctx context.Context, settings zone.Settings, v queue.VisitorID, ref bucket.Ref,
) (held, bool, error) {
	if ref.IsZero() {
		return held{}, false, nil
	}
	p, _, err := s.Log.Get(ctx, settings.Grants(), ref.Page) // one that isn't there has no grants
	if err != nil || ref.Slot >= len(p.Grants) || p.Grants[ref.Slot].Key.Visitor() != v {
		return held{}, false, err
	}
	return held{p.Grants[ref.Slot], ref, p.At}, true, nil
}

// find returns v's newest grant: at the hint, unless that one was missed and there may be a newer, or else by the log's
// index and its end. The line has come to v when somebody with v's key or a higher one was called. However long the log
// is, it costs a few reads.
func (s *Service) find(
	ctx context.Context, settings zone.Settings, v token.Visitor, hint bucket.Ref,
) (g held, called bool, err error) {
	if g, found, err := s.at(ctx, settings, v.ID, hint); err != nil || found && g.State != bucket.Missed {
		return g, true, err
	}
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return held{}, false, err
	}
	pages, err := s.Log.ReadBack(ctx, settings.Grants(), 0, bucket.NewestPages)
	if err != nil || len(pages) == 0 {
		return held{}, false, err
	}
	keys = slices.DeleteFunc(keys, func(k queue.Key) bool { return k.Compare(pages[0].Called) > 0 })
	if len(keys) == 0 {
		return held{}, false, nil
	}
	if g = heldOnAny(pages, v.ID); g.found() {
		return g, true, nil
	}
	g, err = s.lookUp(ctx, settings, v.ID, keys, pages)
	return g, true, err
}

// lookUp returns v's newest grant by the log's index: where v was called late, or else where the keys must be. That may
// be on a page before the newest that no note is of yet.
func (s *Service) lookUp(
	ctx context.Context, settings zone.Settings, v queue.VisitorID, keys []queue.Key, newest []bucket.Page,
) (held, error) {
	ref, late, err := s.Index.Late(ctx, settings.Grants(), v)
	if err != nil {
		return held{}, err
	}
	if late {
		if g, found, err := s.at(ctx, settings, v, ref); found || err != nil {
			return g, err
		}
	}
	unnoted := false
	for _, key := range keys {
		n, found, err := s.Index.Noted(ctx, settings.Grants(), key)
		if err != nil {
			return held{}, err
		}
		if !found {
			unnoted = true
			continue
		}
		p, _, err := s.Log.Get(ctx, settings.Grants(), n.PageOf(key))
		if err != nil {
			return held{}, err
		}
		if g := heldOn(p, v); g.found() {
			return g, nil
		}
	}
	if !unnoted || !bucket.FewGrants(newest) {
		return held{}, nil
	}
	last, err := s.Index.LastNoted(ctx, settings.Grants())
	if err != nil {
		return held{}, err
	}
	before := newest[len(newest)-1].Number
	n := max(0, min(before-1-last, bucket.UnnotedPages))
	pages, err := s.Log.ReadBack(ctx, settings.Grants(), before, int(n))
	return heldOnAny(pages, v), err
}

// heldOnAny returns v's newest grant on pages, of which the newest is the first.
func heldOnAny(pages []bucket.Page, v queue.VisitorID) held {
	for _, p := range pages {
		if g := heldOn(p, v); g.found() {
			return g
		}
	}
	return held{}
}

// heldOn returns v's grant on a page.
func heldOn(p bucket.Page, v queue.VisitorID) held {
	for slot, g := range p.Grants {
		if g.Key.Visitor() == v {
			return held{g, bucket.Ref{Page: p.Number, Slot: slot}, p.At}
		}
	}
	return held{}
}

// keys returns every order key that v can have.
func (s *Service) keys(ctx context.Context, settings zone.Settings, v token.Visitor) ([]queue.Key, error) {
	if settings.Policy != zone.Draw {
		return policy.Keys(v, settings, ""), nil
	}
	seed, err := s.Seed(ctx, settings.DrawName())
	if err != nil {
		return nil, err
	}
	return policy.Keys(v, settings, seed), nil
}

// cameTo reports whether the line has come to a key, as the status shows.
func (s *Service) cameTo(ctx context.Context, settings zone.Settings, key queue.Key) (bool, error) {
	status, err := s.Zones.Status(ctx, settings.Zone)
	return key.Compare(status.Called) <= 0, err
}

// absent returns the error for a visitor who has no live grant: to wait, when there is a place in the queue, and
// otherwise to register again, for a place is lost by being away when it is called. Where the line has come to the
// visitor, this request is the sign that they are there: they ask to be let in.
func (s *Service) absent(ctx context.Context, settings zone.Settings, v token.Visitor, lineCame bool) error {
	keys, err := s.keys(ctx, settings, v)
	if err != nil {
		return err
	}
	now := s.Now()
	for _, key := range keys {
		e, found, err := s.Queue.Get(ctx, settings.Queue(), key)
		if err == nil && found && !lineCame {
			lineCame, err = s.cameTo(ctx, settings, key)
		}
		if err == nil && found && lineCame && now.Sub(e.AskedAt) > bucket.AskedFor/4 {
			_, err = s.Queue.Reconnect(ctx, settings.Queue(), queue.Entry{Key: key, AskedAt: now})
		}
		if err != nil {
			return err
		}
		if found {
			return notCalled(askAgain)
		}
	}
	return missed()
}
