package zone

import (
	"cmp"
	"time"
)

// DrawGrace is how long after the opening of a draw a visitor who arrived before it may still register for it.
// Exchange starts, and the seed is revealed, when it is over.
const DrawGrace = 30 * time.Second

// New is a zone as an operator first gets it: first come first served, open at once, small.
func New(name string) Settings {
	return Settings{
		Zone: name, Version: 1, Title: name,
		State: Open, Policy: FirstCome, Capacity: 100, Rate: 60,
		Window: 30 * time.Second, Session: 10 * time.Minute,
		SeatsPerBuyer: 1, SeatFactor: 1.5,
		QueueShards: 4, GrantShards: 1, FailMode: FailClosed,
	}
}

// VisitLimit is the longest a renewed grant may live, counted from its reservation.
func (s Settings) VisitLimit() time.Duration {
	if s.MaxVisit > 0 {
		return max(s.MaxVisit, s.Session)
	}
	return 4 * s.Session
}

// DefaultPayFor is how long a payment may take in a zone whose settings don't say.
const DefaultPayFor = 15 * time.Minute

// PayLimit is how long a payment may take, counted from checking out: the one hard limit of its locks and its order.
func (s Settings) PayLimit() time.Duration { return cmp.Or(s.PayFor, DefaultPayFor) }
