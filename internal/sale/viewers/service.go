package viewers

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/internal/room/socket"
)

const (
	atOnce   = 64               // messages on their way at a time
	sections = 16               // read at a time
	portion  = 500              // viewers of a hushed section that are asked at a time
	patient  = 5                // seconds that a hush may wait for the budget
	prompt   = time.Second      // how old a change may be that is left to another call
	hot      = 10 * time.Second // how long a section is read on every turn after something changed in it
	oldest   = 5 * time.Second  // and how far back, at most

	again = 50 * time.Millisecond // between two tries to take a turn that another call, which may be dead, waits for
)

// Service delivers changes to viewers. It is safe for use by several goroutines.
type Service struct {
	Store  Store
	Pace   Pace
	Seats  Seats
	Pusher socket.Pusher
	Closer Closer // of connections that flood; only View needs it
	Budget int    // messages a second; 0: Budget
	// ID returns a new name for a call.
	ID    func() string
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// Result is what was sent of a zone's changes.
type Result struct {
	Pushed int
	Gone   int // connections that were gone, and are forgotten
	Failed int // messages that did not arrive; the maps catch up
	Hushed int // sections for which the budget was spent: their maps read the snapshot now
}

func (r *Result) add(o Result) {
	r.Pushed, r.Gone, r.Failed, r.Hushed = r.Pushed+o.Pushed, r.Gone+o.Gone, r.Failed+o.Failed, r.Hushed+o.Hushed
}

// Deliver pushes changes to the viewers of their sections on the zone's next turn, or leaves that to a call that is
// waiting for it already. An error means that nothing was sent, and that the changes should come again.
func (s *Service) Deliver(ctx context.Context, c Changes) (Result, error) {
	watched, err := s.watched(ctx, c)
	if err != nil || len(watched) == 0 {
		return Result{}, err
	}
	by := s.ID()
	for {
		turn, taken, err := s.Pace.Take(ctx, c.Zone, by, watched, s.Now())
		if err != nil {
			return Result{}, err
		}
		if taken {
			return s.deliver(ctx, c, turn)
		}
		wait, mine, err := s.Pace.Wait(ctx, c.Zone, by, watched, s.Now())
		if err != nil {
			return Result{}, err
		}
		if !mine {
			if s.Now().Sub(c.Oldest) <= prompt {
				return Result{}, nil
			}
			// The waiting call would not find what changed long ago: this call delivers it, on a turn of its own.
			wait = max(wait, again)
		}
		if err := s.Sleep(ctx, wait); err != nil {
			return Result{}, err
		}
	}
}

func (s *Service) budget() int {
	if s.Budget > 0 {
		return s.Budget
	}
	return Budget
}

// watched returns those sections of the changes that have an audience.
func (s *Service) watched(ctx context.Context, c Changes) ([]string, error) {
	ids := slices.Sorted(maps.Keys(c.Sections))
	seen := make([]bool, len(ids))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(sections)
	for i, id := range ids {
		group.Go(func() error {
			audience, err := s.audience(within, c.Zone, id)
			seen[i] = len(audience.Conns) > 0
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var some []string
	for i, id := range ids {
		if seen[i] {
			some = append(some, id)
		}
	}
	return some, nil
}

// audience returns the viewers of a section; none while their maps read the snapshot.
func (s *Service) audience(ctx context.Context, zone, section string) (Audience, error) {
	a, err := s.Store.Of(ctx, zone, section, s.Now())
	if a.Quiet.After(s.Now()) {
		a.Conns = nil
	}
	return a, err
}

// hush asks the viewers to read the snapshot, a portion at a time as the budget allows. A viewer that it doesn't reach
// learns so at its next view, or catches up within a minute anyway.
func (s *Service) hush(ctx context.Context, zone, section string, audience Audience) (Result, error) {
	until := s.Now().Add(QuietFor)
	if err := s.Pace.Hush(ctx, zone, section, until); err != nil {
		return Result{}, err
	}
	result := Result{Hushed: 1}
	for conns := range slices.Chunk(audience.Conns, portion) {
		if !s.afford(ctx, len(conns)) {
			return result, nil
		}
		part, err := s.say(ctx, zone, section, until, conns)
		if err != nil {
			return result, err
		}
		result.add(part)
	}
	return result, nil
}

// afford waits for a while until the budget allows n messages, and reports whether it does.
func (s *Service) afford(ctx context.Context, n int) bool {
	for range patient {
		now := s.Now()
		if granted, err := s.Pace.Spend(ctx, s.ID(), n, s.budget(), now); err == nil && granted {
			return true
		}
		if s.Sleep(ctx, now.Truncate(time.Second).Add(time.Second).Sub(now)) != nil {
			return false
		}
	}
	return false
}

// Welcome sends a new viewer which of its sections are hushed, so that its map reads their snapshots.
func (s *Service) Welcome(ctx context.Context, zone, conn string, sections []string) error {
	for _, section := range sections {
		audience, err := s.Store.Of(ctx, zone, section, s.Now())
		if err != nil {
			return err
		}
		if audience.Quiet.After(s.Now()) {
			if _, err := s.say(ctx, zone, section, audience.Quiet, []string{conn}); err != nil {
				return err
			}
		}
	}
	return nil
}
