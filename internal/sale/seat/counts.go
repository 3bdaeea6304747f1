package seat

import (
	"context"
	"time"
)

// Counts is how many seats of each section could be locked, as they were counted: what a map shows of sections that
// are too far off for single seats. It may be seconds old.
type Counts struct {
	At   time.Time      // ms; zero: nobody counted yet
	Free map[string]int // by section
}

// Board keeps every zone's last counts. Its methods return problem.Busy when the database is throttled.
type Board interface {
	// Counts reads a zone's; the zero Counts when there are none.
	Counts(ctx context.Context, zone string) (Counts, error)

	// SaveCounts replaces a zone's, unless there are newer ones: then it changes nothing. Repeating it does no harm.
	SaveCounts(ctx context.Context, zone string, c Counts) error
}
