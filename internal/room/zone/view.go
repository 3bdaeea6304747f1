package zone

import "time"

// View is what a visitor may know of a zone's life at one moment.
type View struct {
	State   State
	Direct  bool // worth going straight to the admitter
	SoldOut bool
}

// Visible returns what visitors see at the time now: the operator's state with the opening by itself, and sold out and
// direct entry as the exchanger last found them. Direct entry counts only while the zone is open.
func Visible(s Settings, status Status, now time.Time) View {
	v := View{State: s.StateAt(now), SoldOut: status.SoldOut}
	v.Direct = status.Direct && !status.SoldOut && s.Exchanges(now)
	return v
}

// StateAt is the zone's state at the time now: Scheduled opens by itself at OpensAt, and Open waits for it. A zone
// scheduled without a time stays so.
func (s Settings) StateAt(now time.Time) State {
	switch {
	case s.State == Scheduled && !s.OpensAt.IsZero() && !now.Before(s.OpensAt):
		return Open
	case s.State == Open && now.Before(s.OpensAt):
		return Scheduled
	}
	return s.State
}

// OpensSoon is how long before its opening a zone is looked at every second: longer than it takes to begin with that.
const OpensSoon = 3 * time.Minute

// Runs reports whether the zone has to be looked at every second: it has a line, and is open or paused, or will be open
// soon. Any other is looked at once a minute.
func (s Settings) Runs(now time.Time) bool {
	state := s.StateAt(now.Add(OpensSoon))
	return (state == Open || state == Paused) && s.Policy != Reject && s.Policy != Passthrough
}

// ExchangeFrom is the moment from which visitors are called: the opening, and for a draw the end of its grace.
func (s Settings) ExchangeFrom() time.Time {
	if s.Policy == Draw {
		return s.OpensAt.Add(DrawGrace)
	}
	return s.OpensAt
}

// Gate is the policy by which the edge lets visitors in: the zone's own, unless everybody is let through.
func (s Settings) Gate() Policy {
	if s.LetThrough {
		return Passthrough
	}
	return s.Policy
}

// Queues reports whether the zone has a queue at all.
func (s Settings) Queues() bool { return s.Policy == FirstCome || s.Policy == Draw }

// Exchanges reports whether visitors are called at the time now. Nobody is called while everybody is let through: a
// visitor who has gone on already would miss the turn.
func (s Settings) Exchanges(now time.Time) bool {
	return s.Queues() && !s.LetThrough && s.StateAt(now) == Open && !now.Before(s.ExchangeFrom())
}

// Registers reports whether visitors may take a place at the time now. They may before the opening, in a pause, and
// while everybody is let through, since the line may be put back.
func (s Settings) Registers(now time.Time) bool {
	return s.Queues() && s.StateAt(now) != Closed
}

// Revealed reports whether a draw's seed may be known at the time now. A draw that was closed or paused before its
// opening keeps its seed until that time has passed, and then no arrival can join it any more.
func (s Settings) Revealed(now time.Time) bool {
	return s.Policy == Draw && !now.Before(s.ExchangeFrom())
}

// SameView reports whether a visitor would see no difference between two statuses. Versions, times and the reading hint
// are internal; the census reaches visitors separately.
func (st Status) SameView(other Status) bool {
	a, b := st, other
	for _, s := range []*Status{&a, &b} {
		s.Version, s.At, s.Floor, s.Census, s.Idle = 0, time.Time{}, 0, Census{}, false
	}
	return a == b
}

// Flips reports whether the statuses differ in something that must not wait: more than the moving figures.
func (st Status) Flips(other Status) bool {
	return st.State != other.State || st.Direct != other.Direct || st.SoldOut != other.SoldOut ||
		st.Seed != other.Seed || st.Commit != other.Commit || st.Overcalled != other.Overcalled
}
