package zone

import (
	"strconv"
	"time"

	"foyer/internal/problem"
)

// ClearAfter is how long after a zone began to be cleared its items may be removed. Every process that works on the
// zone has heard of it by then, and what it began before is over.
const ClearAfter = 15 * time.Second

// DrawName names the draw in the derivation of its seed: by its zone, and by its number where it has one. A
// zone's name has no such sign in it.
func (s Settings) DrawName() string {
	if s.DrawNumber == 0 {
		return s.Zone
	}
	return s.Zone + "#" + strconv.Itoa(s.DrawNumber)
}

// Clear returns the settings of a zone that is to be cleared. The zone must be closed. Repeating it changes nothing.
func (s Settings) Clear(why Clearing) (Settings, error) {
	switch {
	case s.Clearing == why:
		return s, nil
	case s.Clearing != "":
		return s, s.BeingCleared()
	case s.State != Closed:
		return s, problem.New(problem.Refused, "zone %s is %s: close it first (foyerctl zone close %s)", s.Zone, s.State,
			s.Zone)
	}
	s.Clearing, s.SaleEnded, s.LetThrough = why, true, false
	s.Version++
	return s, nil
}

// BeingCleared returns the error of a change to a zone that is being cleared; nil for any other.
func (s Settings) BeingCleared() error {
	if s.Clearing == "" {
		return nil
	}
	return problem.New(problem.Refused, "zone %s is being cleared: finish that by foyerctl zone %s %s", s.Zone, s.Clearing,
		s.Zone)
}

// Cleared returns the settings of a zone that was reset: closed, or scheduled where it has a time to open. A draw has
// another seed, since the one before may be known.
func (s Settings) Cleared(opensAt time.Time) Settings {
	s.Clearing, s.SaleEnded, s.OpensAt = "", false, opensAt
	if !opensAt.IsZero() {
		s.State = Scheduled
	}
	if s.Policy == Draw {
		s.DrawNumber++
	}
	s.Version++
	return s
}
