// Package contract is what the contract suites of Foyer's stores share: moments, visitors, connections, races. The
// suites, in roomtest and saletest, hold every promise in the comments of the stores' interfaces and the races that the
// stores decide. The same suites run over every implementation; each of their stories gets a fresh, empty store.
package contract

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
)

// Start is when every story begins. It is far in the future, since DynamoDB Local deletes what has expired.
var Start = time.Date(2096, 5, 1, 10, 0, 0, 123e6, time.UTC)

// After returns a moment of a story, in milliseconds from its Start.
func After(ms int) time.Time { return Start.Add(time.Duration(ms) * time.Millisecond) }

// Visitor returns the n-th visitor's order key: they arrive a millisecond apart and lie in all shards.
func Visitor(n int) queue.Key {
	var id queue.VisitorID
	id[3], id[14], id[15] = byte(n), byte(n>>8), byte(n)
	return queue.NewKey(queue.DefaultPriority, 0, uint64(After(n).UnixMilli()), id)
}

// Conn returns a connection id as long as the platform's are.
func Conn(n int) string { return fmt.Sprintf("L0SM9cOFvHcCI%03d=", n) }

// Must fails the test at once unless err is nil.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Same fails the test, showing the difference, unless got equals want.
func Same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// IsConflict reports whether err is problem.Conflict.
func IsConflict(err error) bool { return problem.CodeOf(err) == problem.Conflict }

// Race runs n contenders at once and returns the error of each.
func Race(n int, contend func(i int) error) []error {
	var ready, done sync.WaitGroup
	gate, results := make(chan struct{}), make([]error, n)
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-gate
			results[i] = contend(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	return results
}

// OneWinner checks that exactly one contender won and all others lost as they should, and returns the winner.
func OneWinner(t *testing.T, results []error, lost func(error) bool) int {
	t.Helper()
	winner := -1
	for i, err := range results {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("%d and %d both won", winner, i)
		case err == nil:
			winner = i
		case !lost(err):
			t.Errorf("contender %d lost by the wrong error: %v", i, err)
		}
	}
	if winner < 0 {
		t.Fatalf("nobody won: %v", errors.Join(results...))
	}
	return winner
}
