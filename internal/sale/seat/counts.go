package seat

import (
	"context"
	"time"
)

// Counts is how many seats of each section could be locked when they were counted: what a map shows of a section while
// it shows no single seats. It may be seconds old.
type Counts struct {
	At   time.Time      // ms; zero: not counted yet
	Free map[string]int // by section
}

// Board keeps the latest counts of every zone. Its methods return problem.Busy when the database is throttled.
type Board interface {
	// Counts returns the counts of a zone, or the zero Counts if there are none.
	Counts(ctx context.Context, zone string) (Counts, error)

	// SaveCounts replaces the counts of a zone unless newer ones are stored. It may be repeated.
	SaveCounts(ctx context.Context, zone string, c Counts) error
}
