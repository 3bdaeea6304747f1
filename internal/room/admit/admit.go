// Package admit is the way in and out of a zone: called visitors claim their grants, live grants are renewed, visitors
// leave, and while there is room a visitor is admitted directly.
//
// It never adds a grant itself: only an exchange tick does. Claim and miss exclude each other by one conditional write.
// A visitor who should have been called asks to be let in, and goes in by the next tick that has room.
package admit

import (
	"context"
	"time"

	"foyer/internal/cache"
	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// renewAfter is when a visitor should ask for the next access token: well before token.AccessLife is over.
const renewAfter = 90 * time.Second

// A visitor who asks to be let in directly waits for callWithin, that is two ticks, and looks every lookEvery whether
// one has called. After that, or where there is no room, they are told to ask again after askAgain.
const (
	callWithin = 2400 * time.Millisecond
	lookEvery  = 300 * time.Millisecond
	askAgain   = 2 * time.Second
)

// Entry is a visitor's live grant, seen from inside.
type Entry struct {
	Ref     bucket.Ref
	Until   time.Time // end of the session as it stands, ms
	RenewAt time.Time // when to ask for a new access token; never after Until
	// Networks are those from which the visit loads pages.
	Networks token.Networks
}

// Registrar guarantees places; register.Service is one.
type Registrar interface {
	Register(ctx context.Context, v token.Visitor, conn string) (register.Place, error)
	Ask(ctx context.Context, v token.Visitor) (register.Place, error)
}

// Service admits. It is safe for use by several goroutines.
type Service struct {
	Settings zone.Reader // a zone.Cache, as a rule
	Queue    queue.Store
	Log      bucket.Log
	Index    bucket.Index
	Zones    zone.Store
	Register Registrar
	// Seed gives a draw's seed, by zone.Settings.DrawName, as lower-case hex. It is asked for draws only.
	Seed func(ctx context.Context, draw string) (string, error)
	// GiveUp ends what else a leaving visitor has, such as locks of seats; nil: nothing.
	GiveUp func(ctx context.Context, zone string, v queue.VisitorID) error
	Now    func() time.Time
	// Sleep waits for d; it ends early, with an error, when ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error

	highest cache.Cache[string, lastCalled] // by zone
}

// Enter claims the grant of visitor v, whose token was checked. Ref is where it should be, as the push said; the zero
// Ref, or a wrong one, costs a search. Repeating it gives the same grant, and renews it where activity does.
//
// It returns problem.NotCalled when it is not v's turn, problem.Missed when v holds no place any more and must register
// again to be first in line, problem.Ended when v's visit is over, problem.NotOpen when the zone is closed, and
// problem.UnknownZone. A claim after the window works until the miss was written. One that comes late while the zone is
// overcalled is problem.NotCalled: the visitor keeps the place, and is called again in a moment.
func (s *Service) Enter(ctx context.Context, v token.Visitor, ref bucket.Ref) (Entry, error) {
	return s.EnterFrom(ctx, v, ref, "")
}

// EnterFrom is Enter for a visitor who asks from that network; empty if it isn't known. One grant is one person, so it
// serves one network at a time: it returns problem.Elsewhere when the grant moved from another network less than pace
// ago.
func (s *Service) EnterFrom(
	ctx context.Context, v token.Visitor, ref bucket.Ref, from token.Network,
) (Entry, error) {
	settings, err := s.Settings.Settings(ctx, v.Zone)
	if err != nil {
		return Entry{}, err
	}
	g, lineCame, err := s.find(ctx, settings, v, ref)
	if err != nil {
		return Entry{}, err
	}
	if !g.found() || g.State == bucket.Missed {
		return Entry{}, s.absent(ctx, settings, v, lineCame)
	}
	return s.enter(ctx, settings, g, from)
}

// enter makes an entry of the grant found, where its state allows one.
func (s *Service) enter(ctx context.Context, settings zone.Settings, g held, from token.Network) (Entry, error) {
	switch g.State {
	case bucket.Reserved:
		return s.claim(ctx, settings, g, from)
	case bucket.Inside:
		return s.renew(ctx, settings, g, from)
	case bucket.Missed:
		return Entry{}, missed()
	}
	return Entry{}, ended()
}

// Renew renews the grant of an access token that is genuine, though maybe expired. It returns problem.Ended when the
// grant is not live any more, and problem.UnknownZone.
func (s *Service) Renew(ctx context.Context, a token.Access) (Entry, error) {
	settings, err := s.Settings.Settings(ctx, a.Zone)
	if err != nil {
		return Entry{}, err
	}
	g, _, err := s.at(ctx, settings, a.ID, a.Ref)
	if err != nil {
		return Entry{}, err
	}
	return s.enter(ctx, settings, g, "") // no grant is none that is live
}

// Direct admits visitor v while there is room and nobody waits: it registers v, who asks to be let in, and waits for
// the zone's next tick. It returns problem.NotCalled when v was not chosen and has a place in the queue now, and
// otherwise what Enter and register.Service return.
func (s *Service) Direct(ctx context.Context, v token.Visitor) (Entry, error) {
	return s.DirectFrom(ctx, v, "")
}

// DirectFrom is Direct for a visitor who asks from that network, see EnterFrom.
func (s *Service) DirectFrom(ctx context.Context, v token.Visitor, from token.Network) (Entry, error) {
	settings, err := s.Settings.Settings(ctx, v.Zone)
	if err != nil {
		return Entry{}, err
	}
	g, _, err := s.find(ctx, settings, v, bucket.Ref{})
	if err != nil {
		return Entry{}, err
	}
	if g.found() && g.State != bucket.Missed {
		return s.enter(ctx, settings, g, from)
	}
	place, err := s.Register.Ask(ctx, v)
	if err != nil {
		return Entry{}, err
	}
	called, err := s.called(ctx, settings, place.Key)
	if err != nil {
		return Entry{}, err
	}
	if called {
		g, _, err = s.find(ctx, settings, v, bucket.Ref{})
	}
	if err != nil {
		return Entry{}, err
	}
	if !called || !g.found() {
		return Entry{}, notCalled(askAgain)
	}
	return s.enter(ctx, settings, g, from)
}

// called waits for the zone's next tick, where it may well have room, and reports whether it called the visitor with
// that place, who has just asked: then the place is gone.
func (s *Service) called(ctx context.Context, settings zone.Settings, key queue.Key) (bool, error) {
	status, err := s.Zones.Status(ctx, settings.Zone)
	if err != nil || !roomFor(settings, status, s.Now()) {
		return false, err
	}
	for range callWithin / lookEvery {
		if err := s.Sleep(ctx, lookEvery); err != nil {
			return false, err
		}
		_, waits, err := s.Queue.Get(ctx, settings.Queue(), key)
		if err != nil || !waits {
			return err == nil, err
		}
	}
	return false, nil
}

// roomFor reports whether a visitor who comes now may well be called by the next tick or two.
func roomFor(settings zone.Settings, status zone.Status, now time.Time) bool {
	room := min(settings.Capacity-status.Live, exchange.MaxPerTick)
	return settings.Exchanges(now) && !status.SoldOut && status.Waiting < room
}

func notCalled(after time.Duration) error {
	return &problem.Error{Code: problem.NotCalled, RetryAfter: after}
}

func missed() error { return problem.New(problem.Missed, "register again: you will be first in line") }

func ended() error {
	return problem.New(problem.Ended, "the session is over, or you left: begin anew, without this visitor token")
}
