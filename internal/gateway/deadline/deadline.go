// Package deadline keeps the end of an invocation's time for its answer.
package deadline

import (
	"context"
	"time"
)

// margin is how much of an invocation's time is kept for its answer.
const margin = 500 * time.Millisecond

// Within returns a context that ends before Lambda ends the invocation.
func Within(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-margin))
	}
	return ctx, func() {}
}
