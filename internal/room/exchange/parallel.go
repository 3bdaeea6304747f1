package exchange

import (
	"context"
	"fmt"
	"runtime/debug"

	"foyer/internal/parallel"
)

// sideBySide calls work for 0 to n-1, maxParallel at a time, and joins the errors. All are tried whatever fails, and a
// panic is an error.
func sideBySide(ctx context.Context, n int, work func(i int) error) error {
	return parallel.Do(ctx, n, maxParallel, func(i int) error {
		return guarded(func() error { return work(i) })
	})
}

// guarded calls work, and makes a panic an error.
func guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("exchange: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}
