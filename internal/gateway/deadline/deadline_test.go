package deadline

import (
	"context"
	"testing"
	"time"
)

func TestARequestEndsBeforeLambdaEndsIt(t *testing.T) {
	end := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	ctx, stop := Within(ctx)
	defer stop()
	if got, ok := ctx.Deadline(); !ok || !got.Equal(end.Add(-margin)) {
		t.Errorf("ends %v before", end.Sub(got))
	}
}
