package exchange

import (
	"context"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

const (
	saveEvery  = 2 * time.Second  // how often small changes of the status are written
	reread     = 10 * time.Second // how often the stored status is read again, for its census
	directWait = 2 * time.Second  // how long nobody must have waited before direct entry begins
	hintEvery  = time.Minute      // how often the reading hint alone is worth a write
)

// readStatus reads the stored status when it isn't known, or now and then for the census.
func (t *tick) readStatus(ctx context.Context) error {
	f := &t.m.front
	if t.now.Sub(f.statusAt) < reread {
		return nil
	}
	st, err := t.Zones.Status(ctx, t.s.Zone)
	if err != nil {
		return err
	}
	f.status, f.statusAt = st, t.now
	f.stands(t.now)
	if st.Called.Compare(f.told) > 0 {
		f.told = st.Called
	}
	return nil
}

// saveStatus writes the status when a visitor would see a change: at once when something turns, every few seconds when
// only numbers move.
func (t *tick) saveStatus(ctx context.Context) error {
	f := &t.m.front
	for range 2 {
		next, err := t.status(ctx)
		if err != nil {
			return err
		}
		if !t.worthSaving(f.status, next) {
			return nil
		}
		err = t.Zones.SaveStatus(ctx, next)
		if err == nil {
			f.status, f.savedAt, t.result.Saved = next, t.now, true
			f.stands(latest(t.now, t.Exchange.now()))
			return nil
		}
		f.statusAt = time.Time{} // whatever happened, look before writing again
		if problem.CodeOf(err) != problem.Conflict {
			return err
		}
		if err := t.readStatus(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *tick) worthSaving(old, next zone.Status) bool {
	since := t.now.Sub(latest(t.m.front.savedAt, old.At))
	switch {
	case old.Version == 0 || next.Flips(old) || next.Idle != old.Idle:
		return true
	case !next.SameView(old):
		return since >= saveEvery
	}
	return next.Floor != old.Floor && since >= hintEvery
}

// status returns the zone's status by what the tick found.
func (t *tick) status(ctx context.Context) (zone.Status, error) {
	old, count := t.m.front.status, bucket.CountLive(t.m.kept)
	st := zone.Status{
		Zone: t.s.Zone, Version: old.Version + 1, At: t.now, Census: old.Census,
		State: t.s.StateAt(t.now), SeatsLeft: -1,
	}
	if t.s.Queues() {
		st.Called, st.Live, st.Inside = t.cameTo(), count.Live(), count.Inside
		st.Floor = t.m.floor(t.now)
		st.SeatsLeft, st.SoldOut = t.seats, t.seats == 0
		st.RateLow, st.RateHigh = t.measured(old)
		st.Waiting = t.waiting(old)
		st.Direct = t.direct(old, count.Live())
		st.Idle = t.idle()
		st.Overcalled = bucket.Overcalled(t.m.kept, t.now, t.s.Rate)
	}
	t.result.Reserved, t.result.Inside, t.result.Waiting = count.Reserved, count.Inside, st.Waiting
	t.result.Oldest, t.result.SeatsLeft = t.m.front.first, st.SeatsLeft
	return st, t.draw(ctx, &st)
}

// cameTo returns the key up to which the line has come: visitors up to it were called, or are when they ask.
func (t *tick) cameTo() queue.Key {
	if t.m.front.told.Compare(t.m.called) > 0 {
		return t.m.front.told
	}
	return t.m.called
}

// measured returns the pace of the line of late; while nobody is called it stays what it was.
func (t *tick) measured(old zone.Status) (low, high int) {
	if !t.s.Exchanges(t.now) {
		return old.RateLow, old.RateHigh
	}
	return bucket.Measured(t.m.kept, t.m.front.passed, t.now)
}

// waiting returns how many visitors wait: exactly, where the tick saw the end of the queue; otherwise by the census,
// less those called since, and never fewer than were seen.
func (t *tick) waiting(old zone.Status) int {
	f, census := &t.m.front, old.Census
	looked := !f.lookedAt.IsZero()
	switch {
	case looked && f.exact && !census.At.After(f.lookedAt):
		return f.waiting
	case !census.At.IsZero():
		return max(census.Total-t.calledSince(census.At), f.waiting, 0)
	case looked:
		return f.waiting
	}
	return old.Waiting
}

func (t *tick) calledSince(at time.Time) int {
	n := 0
	for _, p := range t.m.kept {
		if p.At.After(at) {
			n += len(p.Grants)
		}
	}
	return n
}

// direct reports whether visitors may go straight to the admitter: there is room, and nobody has waited for a while.
// It begins with some room to spare and lasts until there is none, so that it doesn't flicker.
func (t *tick) direct(old zone.Status, live int) bool {
	f := &t.m.front
	spare := min(t.s.Capacity, forSeats(t.seats, t.s.SeatFactor)) - live
	if !t.s.Exchanges(t.now) || f.emptySince.IsZero() || spare < 1 {
		return false
	}
	return old.Direct || spare > t.s.Capacity/20 && t.now.Sub(f.emptySince) >= directWait
}

// draw sets what the public may know of a draw: the commitment always, the seed once nobody can join any more.
func (t *tick) draw(ctx context.Context, st *zone.Status) error {
	if t.s.Policy != zone.Draw {
		return nil
	}
	seed, err := t.Seed(ctx, t.s.DrawName())
	if err != nil {
		return err
	}
	st.Commit = policy.Commit(t.s.Zone, seed)
	if t.s.Revealed(t.now) {
		st.Seed = seed
	}
	return nil
}
