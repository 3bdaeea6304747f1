package site

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/infra/test/browser"
	"foyer/internal/room/admit"
	"foyer/internal/room/announce"
	"foyer/internal/room/bucket"
	"foyer/internal/room/census"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// front is a cloud with a line before its zone, which nobody is called from until the test says so.
type front struct {
	*cloud
	exchange *exchange.Exchange
	memory   exchange.Memory
}

func newFront(t testing.TB) *front {
	f := &front{cloud: newCloud(t)}
	f.exchange = &exchange.Exchange{
		Queue: f.mem.Queue(), Log: f.mem.Log(), Index: f.mem.Index(), Zones: f.mem.Zones(), Seed: f.seed, Now: time.Now,
	}
	f.change(func(s *zone.Settings) { s.State, s.Capacity, s.Session = zone.Open, 0, 10*time.Minute })
	f.status(func(st *zone.Status) {
		st.State, st.Inside, st.SeatsLeft, st.RateLow, st.RateHigh = zone.Open, 40, -1, 90, 120
	})
	f.tell(ferries)
	return f
}

// visitors is how many new visitors the edge has met.
func (f *front) visitors() int64 { return f.cdn.Stats().Decisions[edge.Arrived] }

// schedules makes the zone open then, or have opened.
func (f *front) schedules(policy zone.Policy, opens time.Time) {
	f.t.Helper()
	f.change(func(s *zone.Settings) { s.State, s.Policy, s.OpensAt = zone.Scheduled, policy, opens })
	seed, err := f.seed(context.Background(), "main")
	f.must(err)
	if policy == zone.Draw {
		f.draws(seed)
	}
}

// closes closes the sale, and sellsOut has its last seat taken.
func (f *front) closes() { f.change(func(s *zone.Settings) { s.State = zone.Closed }) }

func (f *front) sellsOut() { f.status(func(st *zone.Status) { st.SoldOut, st.SeatsLeft = true, 0 }) }

// removed removes the zone.
func (f *front) removed() {
	f.t.Helper()
	s, _ := f.mem.Stands("main")
	f.must(f.mem.Zones().Remove(context.Background(), s))
	f.must(f.sync())
}

// draws says by which seed places are drawn.
func (f *front) draws(seed string) {
	f.t.Helper()
	real, err := f.seed(context.Background(), "main")
	f.must(err)
	f.status(func(st *zone.Status) { st.Commit, st.Seed = policy.Commit("main", real), seed })
}

// crowd puts people into the line: so many before the visitors of the test, so many after, and the first ones called
// already.
func (f *front) crowd(ahead, behind, called int) {
	f.t.Helper()
	start := time.Now().Add(-time.Hour).UnixMilli()
	var positions []uint64
	for i := range ahead {
		positions = append(positions,
			census.Position(queue.NewKey(8, 0, uint64(start)+uint64(i*3_500_000/max(ahead, 1)), queue.VisitorID{byte(i)})))
	}
	for i := range behind {
		positions = append(positions, census.Position(queue.NewKey(8, 1, uint64(start+int64(i)), queue.VisitorID{byte(i)})))
	}
	_, had := f.mem.Stands("main")
	at := time.Now().Add(time.Minute) // it counts who comes until then
	if !at.After(had.Census.At) {
		at = had.Census.At.Add(time.Second)
	}
	f.must(f.mem.Zones().SaveCensus(context.Background(), "main",
		zone.Census{At: at, Total: ahead + behind, Knots: census.Fit(positions).Pack()}))
	f.status(func(st *zone.Status) {
		st.Waiting = ahead + behind - called
		if called > 0 {
			last := uint64(start) + uint64((called-1)*3_500_000/ahead)
			st.Called = queue.NewKey(8, 0, last, queue.VisitorID{255})
		}
	})
}

// call lets everybody in who has a place or takes one from now on: the exchanger ticks.
func (f *front) call(window time.Duration) {
	f.t.Helper()
	f.change(func(s *zone.Settings) { s.Capacity, s.Rate, s.Window, s.SeatFactor = 1000, 6000, window, 0 })
	ctx, stop := context.WithCancel(context.Background())
	f.t.Cleanup(stop)
	f.tick(ctx)
	go func() {
		for every := time.Tick(50 * time.Millisecond); ctx.Err() == nil; <-every {
			f.tick(ctx)
		}
	}()
}

func (f *front) tick(ctx context.Context) {
	settings, _ := f.mem.Stands("main")
	_, _ = f.exchange.Tick(ctx, settings, &f.memory) // one that fails is followed by the next
	_ = f.sync()
}

func (f *front) callAll() { f.call(time.Minute) }

// stops calls nobody any more.
func (f *front) stops() {
	f.t.Helper()
	f.change(func(s *zone.Settings) { s.Capacity = 0 })
}

// grants waits until every grant of at least one is in that state, and returns them.
func (f *front) grants(state bucket.State) (all []bucket.Page) {
	f.t.Helper()
	waitFor(f.t, "grants to be "+string(state), func() bool {
		all = f.mem.Pages("main")
		for _, p := range all {
			for _, g := range p.Grants {
				if g.State != state {
					return false
				}
			}
		}
		return len(all) > 0
	})
	return all
}

// miss has the tab's visitor called while nobody looks, until the turn is over.
func (f *front) miss(tab *browser.Tab) {
	f.t.Helper()
	tab.Hide()
	f.call(300 * time.Millisecond)
	f.grants(bucket.Missed)
	f.stops()
}

// end has the tab's visitor called, and lets another device of theirs use the visit up.
func (f *front) end(tab *browser.Tab) {
	f.t.Helper()
	tab.Hide()
	f.callAll()
	visits := f.admit.Grants.(*admit.Service)
	for _, p := range f.grants(bucket.Reserved) {
		for slot, g := range p.Grants {
			v := token.Visitor{Zone: "main", ID: g.Key.Visitor(), Arrived: time.Now(), Priority: queue.DefaultPriority}
			ref := bucket.Ref{Page: p.Number, Slot: slot}
			_, err := visits.Enter(context.Background(), v, ref)
			f.must(err)
			f.must(visits.Leave(context.Background(), v, ref))
		}
	}
	f.stops()
	tab.Show()
}

// connected waits until there is a socket.
func (f *front) connected() {
	f.t.Helper()
	waitFor(f.t, "a socket", func() bool { return f.sockets.Stats().Open > 0 })
}

// nudge makes every page ask for the status soon, once there is a socket to say so.
func (f *front) nudge() {
	f.t.Helper()
	f.connected()
	f.asks()
}

// asks makes every page that has a socket ask for the status soon.
func (f *front) asks() {
	f.t.Helper()
	message, err := json.Marshal(announce.Message{Type: "status", Zone: "main"})
	f.must(err)
	f.mem.Places("main", 256, func(e queue.Entry) { // of a zone that was removed too
		go func() { _ = f.Push(context.Background(), e.Conn, message) }()
	})
}
