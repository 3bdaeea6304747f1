package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

// A visitor was inside and left. The token is kept alive by asking the status once a day (gate.js signs it anew, with
// the same arrival); the log's pages go after 8 days. Then the same token is first in line again.
func TestKnownReplayAfterTheLogIsGone(t *testing.T) {
	known.Fault(t, "replay after the log is gone")
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 1, 600 })
	v, m := w.visitor(1, epoch), &exchange.Memory{}
	w.register(v, "")
	w.tick(m)
	in, err := w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, "")
	is(t, w.admit.Leave(ctx, v, in.Ref), "")
	w.advance(9 * 24 * time.Hour)
	// what DynamoDB's time to live does to the log
	gone := memroom.New()
	_ = gone.Log().
		Append(ctx, bucket.Of{Zone: "main", Shards: 1}, bucket.Page{Number: 2, At: w.now().Add(-time.Hour), Grants: []bucket.Grant{{Key: w.key(w.visitor(2, epoch.Add(24*time.Hour))), State: bucket.Left, Until: w.now().Add(-time.Hour)}}})
	w.x.Log = gone.Log()
	for n := range 5 {
		w.register(w.visitor(10+n, w.now().Add(-time.Hour+time.Duration(n)*time.Second)), "") // have waited for an hour
	}
	w.register(v, "")
	r := w.tick(&exchange.Memory{})
	pages, _ := gone.Log().Read(ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	last := pages[len(pages)-1]
	fmt.Printf(
		"called %d, swept %d; called was the one who had left: %v\n",
		r.Called,
		r.Swept,
		last.Grants[0].Key.Visitor() == v.ID,
	)
}

func (w *world) key(v token.Visitor) queue.Key { return policy.Keys(v, w.zone, "")[0] }
