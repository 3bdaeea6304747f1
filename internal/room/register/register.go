// Package register guarantees a visitor's place in the queue: by one conditional write on the common path. Repeating it
// changes nothing but the connection.
package register

import (
	"context"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// Place is a guaranteed place.
type Place struct {
	Key          queue.Key
	Lane         int       // of Key
	RegisteredAt time.Time // ms; when the place was first guaranteed
	Secret       bool      // the Key must not be shown: it is a place in a draw whose seed may not be known yet
}

// Service registers visitors. It is safe for use by several goroutines.
type Service struct {
	Settings zone.Reader // a zone.Cache, as a rule
	Queue    queue.Store
	// Seed gives a draw's seed, by zone.Settings.DrawName, as lower-case hex. It is asked for draws only.
	Seed func(ctx context.Context, draw string) (string, error)
	// Ended returns problem.Ended when v has been inside and is not any more, as admit.Service.Ended does; nil: the
	// caller has looked. Its other errors keep nobody out: the place matters more, and entering says the same.
	Ended func(ctx context.Context, s zone.Settings, v token.Visitor) error
	Waker *zone.Waker // nil: every zone is looked at every second
	Now   func() time.Time
}

// Register guarantees the place of visitor v, whose token was checked, and makes conn its connection (empty: over
// HTTP, which leaves a connection as it is). It returns problem.UnknownZone, problem.NotOpen when nobody can take a
// place in the zone, and problem.Ended when v's visit is over; any other error means that the place may or may not be
// taken, and repeating is safe.
func (s *Service) Register(ctx context.Context, v token.Visitor, conn string) (Place, error) {
	return s.Connect(ctx, v, conn, s.Now())
}

// Connect is Register with the time at which the connection was made, by the clock of the server that made it.
// Handshakes may be worked on in another order than they began; the later connection is the one that the visitor still
// has.
func (s *Service) Connect(ctx context.Context, v token.Visitor, conn string, connAt time.Time) (Place, error) {
	e := queue.Entry{Conn: conn, RegisteredAt: s.Now()}
	if conn != "" {
		e.ConnAt = connAt
	}
	return s.register(ctx, v, e)
}

// register guarantees the place of visitor v; e is all of it but the key.
func (s *Service) register(ctx context.Context, v token.Visitor, e queue.Entry) (Place, error) {
	settings, err := s.Settings.Settings(ctx, v.Zone)
	if err != nil {
		return Place{}, err
	}
	now := e.RegisteredAt
	if !settings.Registers(now) {
		return Place{}, refusal(settings)
	}
	if s.Ended != nil {
		if err := s.Ended(ctx, settings, v); problem.CodeOf(err) == problem.Ended {
			return Place{}, err
		}
	}
	seed, err := s.seed(ctx, settings)
	if err != nil {
		return Place{}, err
	}
	place, err := s.take(ctx, settings, policy.Choose(v, settings, seed, now), e)
	place.Secret = policy.Drawn(settings, place.Key) && !settings.Revealed(now)
	if err == nil && s.Waker != nil {
		s.Waker.Registered(ctx, v.Zone)
	}
	return place, err
}

// Ask is Register for a visitor who asks to be let in, and who goes in at once when called soon.
func (s *Service) Ask(ctx context.Context, v token.Visitor) (Place, error) {
	now := s.Now()
	return s.register(ctx, v, queue.Entry{RegisteredAt: now, AskedAt: now})
}

func refusal(s zone.Settings) error {
	switch s.Policy {
	case zone.Reject:
		return problem.New(problem.NotOpen, "this zone admits nobody")
	case zone.Passthrough:
		return problem.New(problem.NotOpen, "this zone has no queue: everybody may enter")
	}
	return problem.New(problem.NotOpen, "this zone is closed")
}

func (s *Service) seed(ctx context.Context, settings zone.Settings) (string, error) {
	if settings.Policy != zone.Draw {
		return "", nil
	}
	return s.Seed(ctx, settings.DrawName())
}

// take registers at the key that the policy chose. A place kept from a draw that is over is taken only where it is
// there still, or its marker is.
func (s *Service) take(
	ctx context.Context, settings zone.Settings, choice policy.Choice, e queue.Entry,
) (Place, error) {
	if choice.Kept.IsZero() {
		return s.put(ctx, settings, choice.Key, e)
	}
	e.Key = choice.Kept
	there, err := s.Queue.Reconnect(ctx, settings.Queue(), e)
	if err != nil {
		return Place{}, err
	}
	if there {
		return s.standing(ctx, settings, e)
	}
	_, marked, err := s.Queue.Get(ctx, settings.Queue(), queue.Marker(e.Key.Visitor()))
	if err != nil {
		return Place{}, err
	}
	if marked {
		return s.put(ctx, settings, choice.Kept, e)
	}
	return s.put(ctx, settings, choice.Otherwise, e)
}

func (s *Service) put(ctx context.Context, settings zone.Settings, key queue.Key, e queue.Entry) (Place, error) {
	e.Key = key
	stands, err := s.Queue.Register(ctx, settings.Queue(), e)
	if err != nil {
		return Place{}, err
	}
	return placeOf(stands), nil
}

// standing returns the place that a reconnection found. It may have been called and claimed since, which takes nothing
// from the visitor.
func (s *Service) standing(ctx context.Context, settings zone.Settings, e queue.Entry) (Place, error) {
	stands, found, err := s.Queue.Get(ctx, settings.Queue(), e.Key)
	if err != nil {
		return Place{}, err
	}
	if found {
		return placeOf(stands), nil
	}
	return placeOf(e), nil
}

func placeOf(e queue.Entry) Place {
	return Place{Key: e.Key, Lane: e.Key.Lane(), RegisteredAt: e.RegisteredAt}
}
