package memsale

import (
	"context"
	"sync"
	"time"

	"foyer/internal/sale/once"
)

// Once is once.Store in memory.
type Once struct {
	mu   sync.Mutex
	work map[string]*begun
}

// begun is the record of one piece of work.
type begun struct {
	owner string
	until time.Time
	done  bool
	note  string
}

// NewOnce returns a store in which no work was begun.
func NewOnce() *Once { return &Once{work: map[string]*begun{}} }

var _ once.Store = (*Once)(nil)

// Begin implements once.Store.
func (o *Once) Begin(_ context.Context, work, owner string, now, until time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	have := o.work[work]
	switch {
	case have == nil:
	case have.done:
		return once.ErrDone
	case have.owner != owner && have.until.After(now):
		return &once.BusyError{Until: have.until}
	}
	o.work[work] = &begun{owner: owner, until: time.UnixMilli(until.UnixMilli())}
	return nil
}

// Finish implements once.Store.
func (o *Once) Finish(_ context.Context, work, note string, _ time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if have := o.work[work]; have == nil || !have.done {
		o.work[work] = &begun{done: true, note: note}
	}
	return nil
}

// Release implements once.Store.
func (o *Once) Release(_ context.Context, work, owner string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if have := o.work[work]; have != nil && have.owner == owner {
		have.until = time.Time{}
	}
	return nil
}
