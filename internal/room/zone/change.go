package zone

import "time"

// CheckChange checks that a zone with the settings s may get next at the time now: next is valid, is the next version,
// and keeps what is fixed when a zone is made, so that no change can lose a place. It returns problem.Invalid naming
// everything that is wrong.
func (s Settings) CheckChange(next Settings, now time.Time) error {
	if err := next.Validate(); err != nil {
		return err
	}
	var f faults
	f.unless(next.Zone == s.Zone, "zone", "can't change")
	f.unless(next.Version == s.Version+1, "version", "must be %d, the next", s.Version+1)
	f.unless(next.Policy == s.Policy, "policy", "is fixed when the zone is made: order keys follow it")
	f.unless(next.QueueShards == s.QueueShards, "queueShards", "is fixed when the zone is made: places are found by it")
	f.unless(next.GrantShards == s.GrantShards, "grantShards", "is fixed when the zone is made: grants are found by it")
	if s.Policy == Draw {
		s.checkDrawChange(&f, next, now)
	}
	return f.err()
}

// checkDrawChange keeps the lanes as they are: a visitor with a place in the draw must have it under the new opening
// too, and nobody may join once the opening has passed, for the seed is known soon after.
func (s Settings) checkDrawChange(f *faults, next Settings, now time.Time) {
	moved := !next.OpensAt.Equal(s.OpensAt)
	f.unless(!next.OpensAt.Before(s.OpensAt), "opensAt", "of a draw may only be moved later")
	f.unless(!moved || now.Before(s.OpensAt), "opensAt", "of a draw can't be moved any more once it has passed")
}
