package room

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

func TestALineThatDoesNotMoveIsSeen(t *testing.T) {
	still := exchange.Result{State: zone.Open, Capacity: 5, Inside: 3, Waiting: 2, Allowed: 4, SeatsLeft: -1,
		Oldest: time.Unix(1, 0)}
	if !stuck(still) {
		t.Error("people wait, there is room, nobody is called, and it isn't seen")
	}
	for name, change := range map[string]func(*exchange.Result){
		"somebody was called":      func(r *exchange.Result) { r.Called = 1 },
		"nobody waits":             func(r *exchange.Result) { r.Oldest = time.Time{} },
		"who waits is gone":        func(r *exchange.Result) { r.Gone = 2 },
		"it is full":               func(r *exchange.Result) { r.Inside = 5 },
		"the rate is used up":      func(r *exchange.Result) { r.Allowed = 0 },
		"it is paused":             func(r *exchange.Result) { r.State = zone.Paused },
		"everybody is let through": func(r *exchange.Result) { r.LetThrough = true },
		"it is sold out":           func(r *exchange.Result) { r.SeatsLeft = 0 },
	} {
		r := still
		change(&r)
		if stuck(r) {
			t.Errorf("%s, and the line is taken for stuck", name)
		}
	}
}

// A lot of a draw is hardly ever a time within the life of a visitor token, and is no wait.
func TestAWaitIsFromTheArrivalToTheCall(t *testing.T) {
	called := time.UnixMilli(1_790_000_000_000)
	for waited, want := range map[time.Duration]bool{
		-time.Millisecond: false, 0: true, time.Hour: true, longestWait: true, longestWait + time.Millisecond: false,
	} {
		g := bucket.Grant{Key: queue.NewKey(8, 0, uint64(called.Add(-waited).UnixMilli()), queue.VisitorID{})}
		if got, known := wait(g, called); known != want || known && got != waited {
			t.Errorf("%v: %v, known %v", waited, got, known)
		}
	}
}
