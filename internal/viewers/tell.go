package viewers

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"foyer/internal/notify"
)

const (
	atOnce  = 64  // messages on their way at a time
	portion = 500 // viewers that are told to be quiet at a time
	patient = 5   // seconds that telling them may wait for the budget
)

// Service tells viewers. It is safe for use by several goroutines.
type Service struct {
	Store  Store
	Pace   Pace
	Pusher notify.Pusher
	Budget int // messages a second; 0: Budget
	// ID makes a name for one claim.
	ID    func() string
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// Result is what one section's changes led to.
type Result struct {
	Pushed int
	Gone   int  // connections that were gone, and are forgotten
	Failed int  // messages that did not arrive; the maps catch up
	Hushed bool // the budget was spent: maps read the snapshot now
}

// Tell sends a section's changes to who looks at it, once its second has come; changes that come meanwhile wait for
// the next call. An error means that nothing was sent, and that the changes should come again.
func (s *Service) Tell(ctx context.Context, c Changes) (Result, error) {
	audience, err := s.turn(ctx, c.Zone, c.Section)
	if err != nil || len(audience.Conns) == 0 || audience.Quiet.After(s.Now()) {
		return Result{}, err
	}
	granted, err := s.Pace.Spend(ctx, s.ID(), len(audience.Conns), s.budget(), s.Now())
	if err != nil {
		return Result{}, err
	}
	if !granted {
		return s.hush(ctx, c.Zone, c.Section, audience)
	}
	return s.push(ctx, c.Zone, c.Section, audience.Conns, SeatsMessage{"seats", c.Section, s.Now().UnixMilli(), c.Seats})
}

func (s *Service) budget() int {
	if s.Budget > 0 {
		return s.Budget
	}
	return Budget
}

// turn waits for the section's next turn and gives its audience. A section that nobody looks at has no turn to wait for.
func (s *Service) turn(ctx context.Context, zone, section string) (Audience, error) {
	by := s.ID()
	for {
		audience, err := s.Store.Of(ctx, zone, section, s.Now())
		if err != nil || len(audience.Conns) == 0 || audience.Quiet.After(s.Now()) {
			return audience, err
		}
		wait, err := s.Pace.Take(ctx, zone, section, by, s.Now())
		if err != nil || wait <= 0 {
			return audience, err
		}
		if err := s.Sleep(ctx, wait); err != nil {
			return Audience{}, err
		}
	}
}

// hush tells the viewers to read the snapshot, a portion at a time as the budget allows. Who isn't told hears of it at
// its next view, or catches up in a minute anyway.
func (s *Service) hush(ctx context.Context, zone, section string, audience Audience) (Result, error) {
	until := s.Now().Add(QuietFor)
	if err := s.Pace.Hush(ctx, zone, section, until); err != nil {
		return Result{}, err
	}
	result := Result{Hushed: true}
	for conns := range slices.Chunk(audience.Conns, portion) {
		if !s.afford(ctx, len(conns)) {
			return result, nil
		}
		part, err := s.push(ctx, zone, section, conns, SnapshotMessage{"snapshot", section, until.UnixMilli()})
		if err != nil {
			return result, err
		}
		result.Pushed, result.Gone, result.Failed = result.Pushed+part.Pushed, result.Gone+part.Gone, result.Failed+part.Failed
	}
	return result, nil
}

// afford waits until the budget has n messages left, for a while.
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

// Welcome tells a new viewer of sections what it would otherwise miss: that its maps should read the snapshot.
func (s *Service) Welcome(ctx context.Context, zone, conn string, sections []string) error {
	for _, section := range sections {
		audience, err := s.Store.Of(ctx, zone, section, s.Now())
		if err != nil {
			return err
		}
		if audience.Quiet.After(s.Now()) {
			message := SnapshotMessage{"snapshot", section, audience.Quiet.UnixMilli()}
			if _, err := s.push(ctx, zone, section, []string{conn}, message); err != nil {
				return err
			}
		}
	}
	return nil
}

// push sends one message to many. A connection that is gone is forgotten; one that can't be told is left to catch up.
func (s *Service) push(ctx context.Context, zone, section string, conns []string, message any) (Result, error) {
	text, err := json.Marshal(message)
	if err != nil {
		return Result{}, err
	}
	var pushed, gone, failed atomic.Int64
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, conn := range conns {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			switch err := s.Pusher.Push(ctx, conn, text); {
			case err == nil:
				pushed.Add(1)
			case errors.Is(err, notify.ErrGone):
				gone.Add(1)
				_ = s.Store.Gone(ctx, zone, section, conn) // the next message finds it gone again
			default:
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	return Result{Pushed: int(pushed.Load()), Gone: int(gone.Load()), Failed: int(failed.Load())}, nil
}
