// Package admit is the way in and out of a zone: called visitors claim their grants, live grants are renewed, visitors
// leave, and while there is room a visitor is admitted directly.
//
// It never adds a grant itself: only an exchange tick does. Claim and miss exclude each other by one conditional write.
package admit

import (
	"context"
	"sync"
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
}

// Service admits. It is safe for use by several goroutines.
type Service struct {
	Settings zone.Reader // a zone.Cache, as a rule
	Queue    queue.Store
	Log      bucket.Log
	Exchange *exchange.Exchange
	Register Registrar
	// Seed gives a draw zone's seed as lower-case hex. It is asked for draws only.
	Seed func(ctx context.Context, zone string) (string, error)
	// GiveUp ends what else a leaving visitor has, such as locks of seats; nil: nothing.
	GiveUp func(ctx context.Context, zone string, v queue.VisitorID) error
	Now    func() time.Time

	called cache.Cache[string, lastCalled] // by zone

	mu       sync.Mutex
	memories map[string]*exchange.Memory
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
	g, found, err := s.find(ctx, settings, v, ref)
	if err != nil {
		return Entry{}, err
	}
	if !found || g.State == bucket.Missed {
		return Entry{}, s.absent(ctx, settings, v)
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
	g, found, err := s.at(ctx, settings, a.ID, a.Ref)
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, ended()
	}
	return s.enter(ctx, settings, g, "")
}

// Direct admits visitor v at once while there is room and nobody waits: it registers v and runs one ordinary tick.
// It returns problem.NotCalled when v was not chosen and has a place in the queue now, and otherwise what Enter and
// register.Service return.
func (s *Service) Direct(ctx context.Context, v token.Visitor) (Entry, error) {
	return s.DirectFrom(ctx, v, "")
}

// DirectFrom is Direct for a visitor who asks from that network, see EnterFrom.
func (s *Service) DirectFrom(ctx context.Context, v token.Visitor, from token.Network) (Entry, error) {
	settings, err := s.Settings.Settings(ctx, v.Zone)
	if err != nil {
		return Entry{}, err
	}
	g, found, err := s.find(ctx, settings, v, bucket.Ref{})
	if err != nil {
		return Entry{}, err
	}
	if found && g.State != bucket.Missed {
		return s.enter(ctx, settings, g, from)
	}
	if _, err := s.Register.Register(ctx, v, ""); err != nil {
		return Entry{}, err
	}
	ref, called, err := s.Exchange.Inline(ctx, settings, s.memory(v.Zone), v.ID)
	if err != nil {
		return Entry{}, err
	}
	if !called {
		return Entry{}, notCalled(5 * time.Second)
	}
	if g, found, err = s.at(ctx, settings, v.ID, ref); err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, notCalled(time.Second)
	}
	return s.enter(ctx, settings, g, from)
}

func (s *Service) memory(zoneName string) *exchange.Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memories == nil {
		s.memories = map[string]*exchange.Memory{}
	}
	if s.memories[zoneName] == nil {
		s.memories[zoneName] = &exchange.Memory{}
	}
	return s.memories[zoneName]
}

func notCalled(after time.Duration) error {
	return &problem.Error{Code: problem.NotCalled, RetryAfter: after}
}

func missed() error { return problem.New(problem.Missed, "register again: you will be first in line") }

func ended() error {
	return problem.New(problem.Ended, "the session is over, or you left: begin anew, without this visitor token")
}
