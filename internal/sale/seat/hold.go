package seat

import (
	"slices"
	"time"

	"foyer/internal/problem"
)

// MaxPerBuyer is the most seats that any zone sells to one buyer.
const MaxPerBuyer = 8

// Hold is what one buyer holds: the locked seats, all until the same time, and how many were bought.
type Hold struct {
	Zone, Buyer string
	Seats       []string  // in order
	Until       time.Time // ms
	Since       time.Time // when the first of them was locked, ms: swapping doesn't change it
	Paying      bool      // extended once, for a payment
	Bought      int
	Pace        time.Time // theoretical time of the next choice, ms: see Choose
	Freed       []string  // the releases that were made, see Settlement.ReleasedBy, in order
	Version     int64     // counts changes; 0: there was none
}

// Same reports whether two holds are equal in all that a Plan changes: then the write of one has landed already.
func (h Hold) Same(other Hold) bool {
	return h.Version == other.Version && slices.Equal(h.Seats, other.Seats) && h.Until.Equal(other.Until) &&
		h.Since.Equal(other.Since) && h.Pace.Equal(other.Pace) && h.Paying == other.Paying && h.Bought == other.Bought
}

// Live reports whether the hold has locks that have not expired at the time now.
func (h Hold) Live(now time.Time) bool { return len(h.Seats) > 0 && h.Until.After(now) }

// Plan is one change of a hold and its seats, for Store.Lock.
type Plan struct {
	Before, After      Hold
	Keep, Take, GiveUp []string // in order; Keep and Take become After.Seats
	Now                time.Time
}

// Nothing reports whether the plan changes nothing: the buyer already has what they want.
func (p Plan) Nothing() bool { return p.After.Version == p.Before.Version }

// Wanted returns the seats that the plan locks.
func (p Plan) Wanted() []string { return slices.Concat(p.Keep, p.Take) }

// Rules are a zone's rules for locks.
type Rules struct {
	PerBuyer int           // seats held and bought, 1 to MaxPerBuyer
	LockFor  time.Duration // how long a lock lasts after the last choice
	HoldMost time.Duration // and after the first, however often seats are swapped
	Session  time.Time     // no lock outlives its buyer's grant
}

// A buyer may make ChoiceBurst choices that take a seat, and earns one more every ChoiceEvery. People who choose stay
// within that; a script that locks and releases seats to keep others out has to wait.
const (
	ChoiceEvery = 15 * time.Second
	ChoiceBurst = 12
)

// Choose plans that exactly the seats of want become the buyer's, all or nothing: what was held is kept or given up.
// An empty list is a release. It returns problem.Invalid for a list that no buyer can have, problem.Limit,
// problem.Paying while a payment is under way, and problem.Cooling with the time to wait: choices follow a GCRA
// (ITU-T I.371), a virtual clock that may run ahead by ChoiceBurst × ChoiceEvery.
func (h Hold) Choose(want []string, r Rules, now time.Time) (Plan, error) {
	now = now.Truncate(time.Millisecond)
	want = slices.Sorted(slices.Values(want))
	if len(want) > MaxPerBuyer || len(slices.Compact(slices.Clone(want))) != len(want) {
		return Plan{}, problem.New(problem.Invalid, "seats must be up to %d different ones", MaxPerBuyer)
	}
	if len(want) == 0 {
		return h.Release(now), nil
	}
	p := h.split(want, now)
	live := h.Live(now)
	switch {
	case live && len(p.Take) == 0 && len(p.GiveUp) == 0:
		return p, nil
	case live && h.Paying:
		return Plan{}, problem.New(problem.Paying, "end the payment before you choose other seats")
	case len(want)+h.Bought > r.PerBuyer:
		return Plan{}, LimitError(r.PerBuyer)
	}
	if len(p.Take) > 0 {
		pace, wait := h.step(now)
		if wait > 0 {
			return Plan{}, &problem.Error{Code: problem.Cooling, RetryAfter: wait}
		}
		p.After.Pace = pace
	}
	if !live {
		p.After.Since = now
	}
	p.After.Until = earliest(now.Add(r.LockFor), p.After.Since.Add(r.HoldMost), r.Session.Truncate(time.Millisecond))
	p.After.Seats, p.After.Paying = want, false
	p.After.Version++
	return p, nil
}

// split sorts seats into those kept, taken and given up. Seats whose lock has expired are neither kept nor given up:
// others may have them by now.
func (h Hold) split(want []string, now time.Time) Plan {
	p := Plan{Before: h, After: h, Now: now}
	var held []string
	if h.Live(now) {
		held = h.Seats
	}
	for _, id := range want {
		if slices.Contains(held, id) {
			p.Keep = append(p.Keep, id)
		} else {
			p.Take = append(p.Take, id)
		}
	}
	for _, id := range held {
		if !slices.Contains(want, id) {
			p.GiveUp = append(p.GiveUp, id)
		}
	}
	return p
}

// step returns the virtual clock after one more choice, and how long to wait if it is too early for one.
func (h Hold) step(now time.Time) (pace time.Time, wait time.Duration) {
	pace = now
	if h.Pace.After(now) {
		pace = h.Pace
	}
	pace = pace.Add(ChoiceEvery)
	return pace, pace.Add(-ChoiceBurst * ChoiceEvery).Sub(now)
}

// Release plans the end of every lock. Locks that have expired are only forgotten.
func (h Hold) Release(now time.Time) Plan {
	p := h.split(nil, now.Truncate(time.Millisecond))
	if len(h.Seats) == 0 {
		return p
	}
	p.After.Seats, p.After.Until, p.After.Since, p.After.Paying = nil, time.Time{}, time.Time{}, false
	p.After.Version++
	return p
}

// Pay plans that the locks last until limit, once, for a payment. Repeating it plans nothing. Locks that have expired
// are taken again, if nobody else took the seats. It returns problem.NoSeats if the hold has none.
func (h Hold) Pay(limit, now time.Time) (Plan, error) {
	now, limit = now.Truncate(time.Millisecond), limit.Truncate(time.Millisecond)
	if len(h.Seats) == 0 {
		return Plan{}, problem.New(problem.NoSeats, "")
	}
	p := h.split(h.Seats, now)
	if h.Paying && h.Live(now) {
		return p, nil
	}
	p.After.Paying = true
	if limit.After(p.After.Until) {
		p.After.Until = limit
	}
	p.After.Version++
	return p, nil
}

// Unpay plans that the payment is over and the seats are still wanted: they stay locked as long as they were, and the
// buyer may choose others.
func (h Hold) Unpay(now time.Time) Plan {
	p := h.split(h.Seats, now.Truncate(time.Millisecond))
	if !h.Paying || !h.Live(now) {
		return p
	}
	p.After.Paying = false
	p.After.Version++
	return p
}

// Without returns the hold less the seats that turned out to be somebody else's, as if it had never held them.
func (h Hold) Without(lost []string) Hold {
	h.Seats = slices.DeleteFunc(slices.Clone(h.Seats), func(id string) bool { return slices.Contains(lost, id) })
	return h
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }
