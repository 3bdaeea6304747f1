package admit

import (
	"context"
	"errors"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// claim makes a reservation an entry. When another change of the grant came first, its state decides the answer.
func (s *Service) claim(ctx context.Context, settings zone.Settings, g held, from token.Network) (Entry, error) {
	now := s.Now()
	if settings.StateAt(now) == zone.Closed {
		return Entry{}, problem.New(problem.NotOpen, "this zone is closed")
	}
	if s.late(ctx, settings, g, now) {
		return s.callAnew(ctx, settings, g, now, from)
	}
	place := where{}.add(from, now).String()
	until := now.Add(settings.Session).Truncate(time.Millisecond)
	stands, err := s.apply(ctx, settings, g, bucket.Change{
		Ref: g.Ref, Key: g.Key, From: bucket.Reserved, To: bucket.Inside, Until: until, Conn: &place,
	})
	if err != nil {
		return Entry{}, err
	}
	switch stands.State {
	case bucket.Missed:
		return Entry{}, missed()
	case bucket.Inside:
		// A tick sweeps the place if this fails: the visitor is inside all the same.
		_ = s.Queue.Remove(ctx, settings.Queue(), g.Key)
		return s.renew(ctx, settings, stands, from) // another claim may have come first, from elsewhere
	}
	return Entry{}, ended()
}

// late reports whether a claim comes when its visitor was hardly expected any more, in a zone where so many were called
// that all of them at once would be too many. When the status can't be read, the claim isn't late.
func (s *Service) late(ctx context.Context, settings zone.Settings, g held, now time.Time) bool {
	if now.Sub(g.At) < bucket.ClaimSoon {
		return false
	}
	status, err := s.Zones.Status(ctx, settings.Zone)
	return err == nil && status.Overcalled
}

// callAnew gives the reservation back and keeps the place: the visitor asks to be let in, and is the first to be called
// by the next tick for which the rate has room.
func (s *Service) callAnew(
	ctx context.Context, settings zone.Settings, g held, now time.Time, from token.Network,
) (Entry, error) {
	stands, err := s.apply(ctx, settings, g, bucket.Change{
		Ref: g.Ref, Key: g.Key, From: bucket.Reserved, To: bucket.Missed, Until: now.Truncate(time.Millisecond),
	})
	switch {
	case err != nil:
		return Entry{}, err
	case stands.State == bucket.Inside:
		return s.renew(ctx, settings, stands, from)
	case stands.State != bucket.Missed:
		return Entry{}, ended()
	}
	found, err := s.Queue.Reconnect(ctx, settings.Queue(), queue.Entry{Key: g.Key, AskedAt: now})
	if err == nil && !found {
		err = missed()
	}
	if err != nil {
		return Entry{}, err
	}
	return Entry{}, notCalled(askAgain)
}

// apply makes a change and returns the grant as it stands after that, or as it stood in the way.
func (s *Service) apply(ctx context.Context, settings zone.Settings, g held, c bucket.Change) (held, error) {
	err := s.Log.Apply(ctx, settings.Grants(), c)
	var stands *bucket.StateError
	if errors.As(err, &stands) {
		g.Grant = stands.Grant
		return g, nil
	}
	if err != nil {
		return held{}, err
	}
	g.Grant = c.Of(g.Grant)
	return g, nil
}

// renew gives a visitor inside a new access token, and a longer session where activity renews it. A grant that moves to
// another network is written too; otherwise nothing is.
func (s *Service) renew(ctx context.Context, settings zone.Settings, g held, from token.Network) (Entry, error) {
	now := s.Now()
	if !g.Until.After(now) {
		return Entry{}, ended()
	}
	at := readWhere(g.Conn)
	if wait := at.wait(from, now); wait > 0 {
		return Entry{}, &problem.Error{Code: problem.Elsewhere, RetryAfter: wait}
	}
	until, next := extended(settings, g, now), at.add(from, now)
	if until.Equal(g.Until) && next == at {
		return s.entry(settings, g), nil
	}
	place := next.String()
	change := bucket.Change{
		Ref: g.Ref, Key: g.Key, From: bucket.Inside, FromUntil: g.Until, To: bucket.Inside, Until: until,
	}
	if next != at {
		change.FromConn, change.Conn = &g.Conn, &place
	}
	stands, err := s.apply(ctx, settings, g, change)
	switch {
	case err != nil:
		return Entry{}, err
	case stands.State != bucket.Inside:
		return Entry{}, ended()
	case !readWhere(stands.Conn).Has(from): // somebody else moved it first
		return Entry{}, &problem.Error{Code: problem.Elsewhere, RetryAfter: pace}
	}
	return s.entry(settings, stands), nil
}

// extended returns the end of a renewed session: never later than the visit's limit; unchanged in a closed zone, and
// when the gain wouldn't be worth a write.
func extended(settings zone.Settings, g held, now time.Time) time.Time {
	if !settings.Renews || settings.StateAt(now) == zone.Closed {
		return g.Until
	}
	until := now.Add(settings.Session).Truncate(time.Millisecond)
	if limit := g.At.Add(settings.VisitLimit()); until.After(limit) {
		until = limit
	}
	if until.Sub(g.Until) < min(settings.Session/8, time.Minute) {
		return g.Until
	}
	return until
}

func (s *Service) entry(settings zone.Settings, g held) Entry {
	now := s.Now()
	left := g.Until.Sub(now)
	renew := min(renewAfter, left)
	if settings.Renews {
		renew = min(renew, left/2)
	}
	return Entry{Ref: g.Ref, Until: g.Until, RenewAt: now.Add(renew), Networks: readWhere(g.Conn).Networks}
}
