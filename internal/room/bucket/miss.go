package bucket

import "time"

// restBase is the rest after the second miss; each further one lasts restGrowth times as long.
const (
	restBase   = time.Minute
	restGrowth = 4
	maxRest    = 30 * 24 * time.Hour // longer than any visitor token lives
)

// WindowAfter returns the claim window of a visitor who missed that many turns: each one is half as long as the one
// before, so that however often one token is called, it wastes less than two windows of slot time in its life.
func WindowAfter(window time.Duration, misses int) time.Duration {
	return window >> min(max(misses, 0), 62)
}

// RestAfter returns how long a visitor who missed that many turns isn't called again, counted from the last miss. The
// first miss costs nothing. The rest keeps those who never claim from being called, and read, again and again.
func RestAfter(misses int) time.Duration {
	if misses < 2 {
		return 0
	}
	rest := restBase
	for range misses - 2 {
		if rest *= restGrowth; rest >= maxRest {
			return maxRest
		}
	}
	return rest
}
