package line

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
)

// sale is an on-sale in virtual time: a tick a second, and visitors that come, claim and leave between ticks.
type sale struct {
	*world
	random *rand.Rand
	// comes returns the time between the call of visitor n and its claim; negative: it never claims.
	comes func(n int) time.Duration
	// stays returns a visitor's time inside; nil: until the session ends.
	stays func() time.Duration
	// there reports whether visitor n's connection exists; nil: everyone's does.
	there func(n int) bool
	// entered is called for every claim that succeeds, with the time of the visitor's call; nil: it isn't.
	entered func(n int, called time.Time)

	arrived []time.Time // of visitor n
	waiting int         // joined, not yet called or set aside
	due     []step
	page    int64 // pages up to this one were seen
}

// step is an action of a visitor at a time.
type step struct {
	at     time.Time
	n      int
	ref    bucket.Ref
	called time.Time
	leaves bool
}

// soon lets visitors claim within two seconds; a share of them, in percent, never does.
func soon(r *rand.Rand, never int) func(int) time.Duration {
	return func(int) time.Duration {
		if r.IntN(100) < never {
			return -1
		}
		return time.Duration(r.IntN(2000)) * time.Millisecond
	}
}

// join adds n visitors to the queue now.
func (s *sale) join(ctx context.Context, n int) error {
	for range n {
		who := len(s.arrived)
		s.arrived = append(s.arrived, s.now())
		conn := connection(who)
		if s.there != nil && !s.there(who) {
			s.hangUp(conn)
		}
		if _, err := s.register.Register(ctx, s.visitor(who, s.arrived[who]), conn); err != nil {
			return err
		}
	}
	s.waiting += n
	return nil
}

// run ticks every second for d, and calls each before every tick.
func (s *sale) run(ctx context.Context, d time.Duration, each func() error) error {
	for end := s.now().Add(d); s.now().Before(end) && ctx.Err() == nil; {
		if err := each(); err != nil {
			return err
		}
		r, err := s.tick(ctx)
		if err != nil {
			return err
		}
		s.waiting -= r.Called + r.Gone
		if err := s.notice(ctx); err != nil {
			return err
		}
		next := s.now().Truncate(time.Second).Add(time.Second)
		if err := s.act(ctx, next); err != nil {
			return err
		}
		s.advanceTo(next)
	}
	return ctx.Err()
}

// notice lets called visitors know, as the stream would.
func (s *sale) notice(ctx context.Context) error {
	pages, err := s.exchange.Log.Read(ctx, s.zone.Grants(), s.page+1)
	if err != nil {
		return err
	}
	for _, p := range pages {
		s.page = p.Number
		if _, err := s.notify.Notify(ctx, s.zone.Zone, nil, p); err != nil {
			return err
		}
		for slot, g := range p.Grants {
			n := number(g.Key.Visitor())
			if wait := s.comes(n); wait >= 0 && (s.there == nil || s.there(n)) {
				s.later(step{at: p.At.Add(wait), n: n, ref: bucket.Ref{Page: p.Number, Slot: slot}, called: p.At})
			}
		}
	}
	return nil
}

func (s *sale) later(next step) {
	at, _ := slices.BinarySearchFunc(s.due, next, func(a, b step) int { return cmp.Or(a.at.Compare(b.at), -1) })
	s.due = slices.Insert(s.due, at, next)
}

// act does what visitors do before the time.
func (s *sale) act(ctx context.Context, before time.Time) error {
	for len(s.due) > 0 && s.due[0].at.Before(before) {
		now := s.due[0]
		s.due = s.due[1:]
		s.advanceTo(now.at)
		who := s.visitor(now.n, s.arrived[now.n])
		if now.leaves {
			if err := s.admit.Leave(ctx, who, now.ref); err != nil {
				return err
			}
			continue
		}
		if err := s.enter(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *sale) enter(ctx context.Context, now step) error {
	_, err := s.admit.Enter(ctx, s.visitor(now.n, s.arrived[now.n]), now.ref)
	if problem.CodeOf(err) == problem.Missed {
		return nil // too late
	}
	if err != nil {
		return err
	}
	if s.entered != nil {
		s.entered(now.n, now.called)
	}
	if s.stays != nil {
		s.later(step{at: s.now().Add(s.stays()), n: now.n, ref: now.ref, leaves: true})
	}
	return nil
}
