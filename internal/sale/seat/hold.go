package seat

import (
	"maps"
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
	Types       Types     // of Seats
	Until       time.Time // when the locks end, or when the last ones ended, ms
	// Since is when the first lock of a holding was made, ms, and PayBy the limit of its first payment. A holding ends
	// when its seats are bought, or when its buyer held none for Rest: nothing else that a buyer does begins another.
	Since, PayBy time.Time
	Paying       bool // extended for a payment under way
	Bought       int
	BoughtAt     map[string]int // of Bought, how many at each price type; those at the standard one aren't counted
	Pace         time.Time      // theoretical time of the next choice, ms: see Choose
	OrderPace    time.Time      // of the next order, ms: see Pay
	Order        string         // the order that OrderPace counted last
	Freed        []string       // the releases that were made, see Settlement.ReleasedBy, in order
	Version      int64          // counts changes; 0: there was none
}

// Same reports whether two holds are equal in all that a Plan changes: then the write of one has landed already.
func (h Hold) Same(other Hold) bool {
	return h.Version == other.Version && slices.Equal(h.Seats, other.Seats) && h.Until.Equal(other.Until) &&
		h.Since.Equal(other.Since) && h.PayBy.Equal(other.PayBy) && h.Paying == other.Paying && h.Bought == other.Bought &&
		h.Pace.Equal(other.Pace) && h.OrderPace.Equal(other.OrderPace) && h.Order == other.Order &&
		maps.Equal(h.Types, other.Types)
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
	PerBuyer int            // seats held and bought, 1 to MaxPerBuyer
	LockFor  time.Duration  // how long a lock lasts after the last choice
	HoldMost time.Duration  // and after the holding's first, however often seats are swapped or released
	PayFor   time.Duration  // how long the holding's first payment may take
	Session  time.Time      // no lock outlives its buyer's grant
	MostAt   map[string]int // seats held and bought at a price type; none: PerBuyer
}

// A buyer may make ChoiceBurst choices that take a seat, and earns one more every ChoiceEvery; orders likewise. People
// who choose stay within that; a script that locks and releases seats to keep others out has to wait. A choice that
// finds the seats taken counts as a miss: it costs a part of one that takes them, and so does another price type.
const (
	ChoiceEvery = 15 * time.Second
	ChoiceBurst = 12
	MissEvery   = 3 * time.Second
	OrderEvery  = 20 * time.Second
	OrderBurst  = 6
)

// Rest is how long a buyer who had seats as long as they may, and bought none, must hold none before others can be
// locked. Until then the seats are really free for others.
const Rest = 2 * time.Minute

// pace is one step of a GCRA (ITU-T I.371), a virtual clock that may run ahead by burst steps: it returns the clock
// after the step, and how long to wait if it is too early for it.
func pace(clock, now time.Time, every time.Duration, burst int) (next time.Time, wait time.Duration) {
	if !clock.After(now) {
		clock = now
	}
	next = clock.Add(every)
	return next, next.Add(-time.Duration(burst) * every).Sub(now)
}

// cooling returns the error of a buyer who has to wait.
func cooling(wait time.Duration) error {
	return &problem.Error{Code: problem.Cooling, RetryAfter: wait}
}

// Choose is ChooseAt with every seat at the standard price.
func (h Hold) Choose(want []string, r Rules, now time.Time) (Plan, error) {
	return h.ChooseAt(want, nil, r, now)
}

// ChooseAt plans that exactly the seats of want become the buyer's, each at its price type, all or nothing: what was
// held is kept or given up. An empty list is a release. It returns problem.Invalid for a list that no buyer can have,
// problem.Limit, problem.Paying while a payment is under way, and problem.Cooling with the time to wait: after too many
// choices, or after a holding.
func (h Hold) ChooseAt(want []string, types Types, r Rules, now time.Time) (Plan, error) {
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
	types = types.of(want)
	retyped := !maps.Equal(h.Types.of(p.Keep), types.of(p.Keep))
	switch {
	case len(p.Take) == 0 && len(p.GiveUp) == 0 && !retyped: // all of it is held
		return p, nil
	case live && h.Paying:
		return Plan{}, problem.New(problem.Paying, "end the payment before you choose other seats")
	case len(want)+h.Bought > r.PerBuyer:
		return Plan{}, LimitError(r.PerBuyer)
	}
	if err := types.Within(r.MostAt, h.BoughtAt); err != nil {
		return Plan{}, err
	}
	if len(p.Take) > 0 || retyped {
		if err := h.Cooled(now); err != nil {
			return Plan{}, err
		}
		cost := MissEvery
		if len(p.Take) > 0 {
			cost = ChoiceEvery
		}
		p.After.Pace, _ = pace(h.Pace, now, cost, ChoiceBurst)
	}
	p.After.begin(now)
	most := latest(p.After.Since.Add(r.HoldMost), p.After.PayBy)
	if !most.After(now) {
		return Plan{}, cooling(h.Until.Add(Rest).Sub(now))
	}
	p.After.Until = earliest(now.Add(r.LockFor), most, r.Session.Truncate(time.Millisecond))
	p.After.Seats, p.After.Types, p.After.Paying = want, types, false
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

// begin begins another holding if the last one is over.
func (h *Hold) begin(now time.Time) {
	if h.Since.IsZero() || !now.Before(h.Until.Add(Rest)) {
		h.Since, h.PayBy = now, time.Time{}
	}
}

// Cooled returns problem.Cooling if it is too early for another choice that takes seats.
func (h Hold) Cooled(now time.Time) error {
	if _, wait := pace(h.Pace, now, ChoiceEvery, ChoiceBurst); wait > 0 {
		return cooling(wait)
	}
	return nil
}

// Missed plans that a choice counts which took no seats, since others have them: cost is what it costs.
func (h Hold) Missed(cost time.Duration, now time.Time) Plan {
	p := h.split(h.Seats, now.Truncate(time.Millisecond))
	p.Keep, p.Take = nil, nil
	p.After.Pace, _ = pace(h.Pace, p.Now, cost, 0)
	p.After.Version++
	return p
}

// OrderFailed plans that another order counts: one that was not made, or that the provider did not take.
func (h Hold) OrderFailed(now time.Time) Plan {
	p := h.Missed(0, now)
	p.After.Pace = h.Pace
	p.After.OrderPace, _ = pace(h.OrderPace, p.Now, OrderEvery, 0)
	return p
}

// Release plans the end of every lock. Locks that have expired are only forgotten.
func (h Hold) Release(now time.Time) Plan {
	p := h.split(nil, now.Truncate(time.Millisecond))
	if len(h.Seats) == 0 {
		return p
	}
	p.After.Seats, p.After.Types, p.After.Until, p.After.Paying = nil, nil, earliest(h.Until, p.Now), false
	p.After.Version++
	return p
}

// Counted plans that an order counts, in a hold that paces many buyers'. It returns problem.Cooling after too many.
func (h Hold) Counted(every time.Duration, burst int, now time.Time) (Plan, error) {
	p := h.Missed(0, now)
	p.After.Pace = h.Pace
	next, wait := pace(h.OrderPace, p.Now, every, burst)
	if wait > 0 {
		return Plan{}, cooling(wait)
	}
	p.After.OrderPace = next
	return p, nil
}

// Pay plans that the locks last for an order's payment: until the PayBy of the holding, which its first payment sets.
// Repeating it changes no lock. Locks that have expired are taken again, if nobody else took the seats. It returns
// problem.NoSeats if the hold has none, and problem.Cooling after too many orders, and after a holding. Each order
// counts once, and each OrderFailed.
func (h Hold) Pay(order string, r Rules, now time.Time) (Plan, error) {
	now = now.Truncate(time.Millisecond)
	if len(h.Seats) == 0 {
		return Plan{}, problem.New(problem.NoSeats, "")
	}
	p, live := h.split(h.Seats, now), h.Live(now)
	if err := h.MayRetry(now); err != nil {
		return Plan{}, err
	}
	if order != h.Order {
		next, wait := pace(h.OrderPace, now, OrderEvery, OrderBurst)
		if wait > 0 {
			return Plan{}, cooling(wait)
		}
		p.After.OrderPace, p.After.Order = next, order
	} else if h.Paying && live {
		return p, nil
	}
	p.After.begin(now)
	if p.After.PayBy.IsZero() {
		p.After.PayBy = earliest(now.Add(r.PayFor), p.After.Since.Add(r.HoldMost+r.PayFor)).Truncate(time.Millisecond)
	}
	if p.After.Until = latest(p.After.Until, p.After.PayBy); !p.After.Until.After(now) {
		return Plan{}, cooling(h.Until.Add(Rest).Sub(now))
	}
	p.After.Paying = true
	p.After.Version++
	return p, nil
}

// MayRetry returns problem.Cooling if orders ran too far ahead to go on with one that has counted already.
func (h Hold) MayRetry(now time.Time) error {
	if wait := h.OrderPace.Add(-OrderBurst * OrderEvery).Sub(now); wait > 0 {
		return cooling(wait)
	}
	return nil
}

// Repeats reports whether the buyer made other orders a moment ago.
func (h Hold) Repeats(now time.Time) bool { return h.OrderPace.After(now.Add(OrderEvery)) }

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
	h.Types = h.Types.of(h.Seats)
	return h
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }
