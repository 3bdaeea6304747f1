package parallel_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"foyer/internal/parallel"
)

var errOdd = errors.New("odd")

func TestDoCallsAllWhateverFails(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"side by side": t.Context(),
		"in turn":      parallel.InTurn(t.Context(), func(int) []int { return []int{2, 0, 1} }),
	} {
		var called atomic.Int64
		err := parallel.Do(ctx, 3, 2, func(i int) error {
			called.Add(1)
			if i%2 == 1 {
				return errOdd
			}
			return nil
		})
		if called.Load() != 3 || !errors.Is(err, errOdd) {
			t.Errorf("%s: %d called, %v", name, called.Load(), err)
		}
	}
}

func TestDoKeepsToItsBound(t *testing.T) {
	var now, most atomic.Int64
	_ = parallel.Do(t.Context(), 200, 3, func(int) error {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		return nil
	})
	if most.Load() > 3 {
		t.Errorf("%d at a time", most.Load())
	}
}

func TestInTurnFollowsTheOrder(t *testing.T) {
	var calls []int
	ctx := parallel.InTurn(t.Context(), func(n int) []int { return []int{2, 0, 1} })
	_ = parallel.Do(ctx, 3, 16, func(i int) error {
		calls = append(calls, i)
		return nil
	})
	var wg sync.WaitGroup
	parallel.Go(ctx, &wg, func() { calls = append(calls, 3) })
	calls = append(calls, 4)
	if want := []int{2, 0, 1, 3, 4}; !slices.Equal(calls, want) {
		t.Errorf("called %v, want %v", calls, want)
	}
}
