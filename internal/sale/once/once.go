// Package once is for work that has no idempotency key of its own, such as sending a mail: it remembers what was done,
// and keeps two processes from doing it at the same time.
//
// Work that is begun and never finished may be begun again when its time is over. So if a process ends between doing
// the work and saying so, the work is done twice: at least once always, and exactly once but for that.
package once

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrDone means that the work was done before.
var ErrDone = errors.New("once: it is done already")

// BusyError means that another owner is doing the work, or ended while doing it: it may be begun again at Until.
type BusyError struct{ Until time.Time }

func (e *BusyError) Error() string {
	return fmt.Sprintf("once: somebody else is at it until %s", e.Until.UTC().Format(time.RFC3339))
}

// Store remembers work by its name, such as an order and what is to be done about it.
type Store interface {
	// Begin gives the work to owner until then, by one conditional write. It returns ErrDone if the work was finished,
	// and *BusyError while another owner has it. Repeating it for the same owner succeeds, as the reply may have been
	// lost.
	Begin(ctx context.Context, work, owner string, now, until time.Time) error

	// Finish records that the work was done, even if another owner has it by now. It may be repeated; the first note
	// stays.
	Finish(ctx context.Context, work, note string, now time.Time) error

	// Release gives the work back undone, so that it may be begun again at once. It changes nothing if another owner has
	// it, or if it is done.
	Release(ctx context.Context, work, owner string) error
}

// Kept is how long finished work is remembered at least: longer than any queue keeps a job, redriven or not.
const Kept = 90 * 24 * time.Hour
