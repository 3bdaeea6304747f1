// Package contract holds what the contract suites of Foyer's stores: every promise in the comments of queue.Store,
// bucket.Log, zone.Store, seat.Store and venue.Store, and the races that they decide. The same suites run over every implementation.
//
// A suite gets a fresh, empty store for each of its stories.
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

// Start is when every story begins: in a time to come, since DynamoDB Local deletes what has expired.
var Start = time.Date(2096, 5, 1, 10, 0, 0, 123e6, time.UTC)

// after is a moment of a story, in milliseconds from its Start.
func After(ms int) time.Time { return Start.Add(time.Duration(ms) * time.Millisecond) }

// visitor makes the n-th visitor's order key: they arrive a millisecond apart, spread over the shards.
func Visitor(n int) queue.Key {
	var id queue.VisitorID
	id[3], id[14], id[15] = byte(n), byte(n>>8), byte(n)
	return queue.NewKey(queue.DefaultPriority, 0, uint64(After(n).UnixMilli()), id)
}

// conn is a connection id as long as the platform's are.
func Conn(n int) string { return fmt.Sprintf("L0SM9cOFvHcCI%03d=", n) }

func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func Same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func IsConflict(err error) bool { return problem.CodeOf(err) == problem.Conflict }

// race runs n contenders at once and returns what each of them got.
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

// oneWinner checks that exactly one contender won and all others lost as they should, and returns the winner.
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
