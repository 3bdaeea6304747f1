package deadline

import (
	"context"
	"time"
)

// margin is how long before Lambda would end it a request is given up, so that there is time for an answer.
const margin = 500 * time.Millisecond

// within ends the context before Lambda ends the process.
func Within(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-margin))
	}
	return ctx, func() {}
}
