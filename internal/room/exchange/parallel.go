package exchange

import (
	"context"

	"foyer/internal/parallel"
)

// sideBySide calls work for 0 to n-1, maxParallel at a time, and joins the errors. All are tried whatever fails, and a
// panic is an error.
func sideBySide(ctx context.Context, n int, work func(i int) error) error {
	return parallel.Safely(ctx, n, maxParallel, work)
}
