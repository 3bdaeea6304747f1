package zone

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"foyer/internal/problem"
)

// Bounds of the settings.
const (
	MaxTitle                       = 60 // characters
	MaxCapacityPerShard            = 20_000
	MaxRate                        = 1_000_000 // entries a minute
	MinWindow, MaxWindow           = 5 * time.Second, 10 * time.Minute
	MinSession                     = 30 * time.Second
	MaxSession                     = 12 * time.Hour
	MaxSeatsPerBuyer               = 8
	MaxSeatFactor                  = 100.0
	MinPayFor                      = 30 * time.Second
	MaxPayFor                      = 30 * time.Minute // the provider's page must be open for 30 minutes from the last call on, and at most for 61
	MaxQueueShards, MaxGrantShards = 256, 16
)

// faults gathers what is wrong, field by field, so that an operator hears of everything at once.
type faults []string

func (f *faults) unless(ok bool, field, format string, args ...any) {
	if !ok {
		*f = append(*f, field+" "+fmt.Sprintf(format, args...))
	}
}

// err is nil, or problem.Invalid with every fault in its detail.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "%s", strings.Join(f, "; "))
}

// Validate tells what is wrong with s: problem.Invalid naming every field at once, or nil.
func (s Settings) Validate() error {
	var f faults
	s.checkNames(&f)
	s.checkBucket(&f)
	s.checkSeats(&f)
	s.checkPartitions(&f)
	return f.err()
}

func (s Settings) checkNames(f *faults) {
	f.unless(IsName(s.Zone), "zone", "must be 1 to 32 of a-z, 0-9 and -, not starting with -")
	f.unless(s.Version >= 1, "version", "must count from 1")
	f.unless(utf8.ValidString(s.Title) && utf8.RuneCountInString(s.Title) <= MaxTitle, "title", "must be text of at most %d characters", MaxTitle)
	f.unless(oneOf(s.State, Scheduled, Open, Paused, Closed), "state", "must be scheduled, open, paused or closed")
	f.unless(oneOf(s.Policy, FirstCome, Draw, Reject, Passthrough), "policy", "must be first-come, draw, reject or passthrough")
	f.unless(oneOf(s.FailMode, FailClosed, FailOpen), "failMode", "must be closed or open")
	f.unless(s.OpensAt.IsZero() || s.OpensAt.UnixMilli() > 0, "opensAt", "must be a time after 1970")
	f.unless(s.Policy != Draw || !s.OpensAt.IsZero(), "opensAt", "must be set for a draw")
}

func (s Settings) checkBucket(f *faults) {
	most := MaxCapacityPerShard * min(max(s.GrantShards, 1), MaxGrantShards)
	f.unless(s.Capacity >= 0 && s.Capacity <= most, "capacity", "must be 0 to %d (20,000 for each shard of the grants)", most)
	f.unless(s.Rate >= 1 && s.Rate <= MaxRate, "rate", "must be 1 to %d entries a minute", MaxRate)
	f.unless(s.Window >= MinWindow && s.Window <= MaxWindow, "window", "must be %v to %v", MinWindow, MaxWindow)
	f.unless(s.Session >= MinSession && s.Session <= MaxSession, "session", "must be %v to %v", MinSession, MaxSession)
	f.unless(s.MaxVisit == 0 || s.MaxVisit >= s.Session && s.MaxVisit <= 4*MaxSession, "maxVisit", "must be 0, or at least the session and at most %v", 4*MaxSession)
}

func (s Settings) checkSeats(f *faults) {
	f.unless(s.SeatsPerBuyer >= 1 && s.SeatsPerBuyer <= MaxSeatsPerBuyer, "seatsPerBuyer", "must be 1 to %d", MaxSeatsPerBuyer)
	f.unless(s.SeatFactor >= 0 && s.SeatFactor <= MaxSeatFactor, "seatFactor", "must be 0 (off) to %.0f", MaxSeatFactor)
	f.unless(s.PayFor == 0 || s.PayFor >= MinPayFor && s.PayFor <= MaxPayFor, "payFor", "must be 0 (%v), or %v to %v", DefaultPayFor, MinPayFor, MaxPayFor)
}

func (s Settings) checkPartitions(f *faults) {
	f.unless(s.QueueShards >= 1 && s.QueueShards <= MaxQueueShards, "queueShards", "must be 1 to %d", MaxQueueShards)
	f.unless(s.GrantShards >= 1 && s.GrantShards <= MaxGrantShards, "grantShards", "must be 1 to %d", MaxGrantShards)
}

func oneOf[T comparable](value T, allowed ...T) bool {
	for _, a := range allowed {
		if value == a {
			return true
		}
	}
	return false
}
