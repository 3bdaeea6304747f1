package zone

import "time"

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

// WithDefaults fills in what was left empty and has an evident default. Capacity, rate and seat factor have none:
// zero means zero there, or is an error.
func (s Settings) WithDefaults() Settings {
	d := New(s.Zone)
	s.Title = or(s.Title, d.Title)
	s.State = or(s.State, d.State)
	s.Policy = or(s.Policy, d.Policy)
	s.Window = or(s.Window, d.Window)
	s.Session = or(s.Session, d.Session)
	s.SeatsPerBuyer = or(s.SeatsPerBuyer, d.SeatsPerBuyer)
	s.QueueShards = or(s.QueueShards, d.QueueShards)
	s.GrantShards = or(s.GrantShards, d.GrantShards)
	s.FailMode = or(s.FailMode, d.FailMode)
	return s
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// VisitLimit is the longest a renewed grant may live, counted from its reservation.
func (s Settings) VisitLimit() time.Duration {
	if s.MaxVisit > 0 {
		return max(s.MaxVisit, s.Session)
	}
	return 4 * s.Session
}

// DefaultPayFor is how long a payment may take in a zone that says nothing else.
const DefaultPayFor = 15 * time.Minute

// PayLimit is how long a payment may take, from checking out on: the one hard limit of its locks and its order.
func (s Settings) PayLimit() time.Duration { return or(s.PayFor, DefaultPayFor) }
