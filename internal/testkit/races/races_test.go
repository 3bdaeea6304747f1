// Package races_test races exchangers, direct entries and visitors on a real database, and counts what it costs.
package races_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// hall is one zone on tables of its own.
type hall struct {
	t     testing.TB
	zone  zone.Settings
	meter *meter.Meter
	cloud *dynamotest.Cloud
	reg   *register.Service
}

func newHall(t testing.TB, change func(*zone.Settings)) *hall {
	h := &hall{t: t, zone: zone.New("main"), meter: &meter.Meter{}}
	h.zone.SeatFactor, h.zone.Rate = 0, zone.MaxRate
	if change != nil {
		change(&h.zone)
	}
	h.cloud = dynamotest.New(t).With(h.meter.Option)
	if err := h.cloud.Zones().SaveSettings(t.Context(), h.zone); err != nil {
		t.Fatal(err)
	}
	h.reg = &register.Service{Settings: h, Queue: h.cloud.Queue(), Now: time.Now}
	return h
}

// Settings makes the hall a zone.Reader.
func (h *hall) Settings(context.Context, string) (zone.Settings, error) { return h.zone, nil }

// exchange and admitter are what a process of its own would have.
func (h *hall) exchange() *exchange.Exchange {
	return &exchange.Exchange{
		Queue: h.cloud.Queue(), Log: h.cloud.Log(), Index: h.cloud.Index(), Zones: h.cloud.Zones(), Now: time.Now,
	}
}

func (h *hall) admitter() *admit.Service {
	return &admit.Service{
		Settings: h, Queue: h.cloud.Queue(), Log: h.cloud.Log(), Index: h.cloud.Index(), Zones: h.cloud.Zones(),
		Register: h.reg, Now: time.Now, Sleep: smithytime.SleepWithContext,
	}
}

func (h *hall) visitor(n int) token.Visitor {
	v := token.Visitor{Zone: h.zone.Zone, Arrived: time.Now(), Priority: queue.DefaultPriority}
	binary.BigEndian.PutUint64(v.ID[:8], uint64(n)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(v.ID[8:], uint64(n))
	return v
}

// watch reads the log again and again and reports when it ever holds too much.
func (h *hall) watch(ctx context.Context) {
	for ctx.Err() == nil {
		pages, err := h.cloud.Log().Read(h.t.Context(), h.zone.Grants(), 1)
		if err != nil {
			h.t.Error(err)
			return
		}
		h.inspect(pages)
	}
}

func (h *hall) inspect(pages []bucket.Page) (live int) {
	lives, visits := map[queue.VisitorID]int{}, map[queue.VisitorID]int{}
	for i, p := range pages {
		if p.Number != int64(i+1) {
			h.t.Errorf("page %d stands where page %d should", p.Number, i+1)
		}
		for _, g := range p.Grants {
			v := g.Key.Visitor()
			if g.State.Live() {
				live++
				lives[v]++
			}
			if g.State != bucket.Missed && g.State != bucket.Reserved {
				visits[v]++
			}
			if lives[v] > 1 || visits[v] > 1 {
				h.t.Errorf("visitor %v was called in twice", v)
			}
		}
	}
	if live > h.zone.Capacity {
		h.t.Errorf("%d live grants of %d", live, h.zone.Capacity)
	}
	return live
}

func (h *hall) pages() []bucket.Page {
	h.t.Helper()
	pages, err := h.cloud.Log().Read(h.t.Context(), h.zone.Grants(), 1)
	if err != nil {
		h.t.Fatal(err)
	}
	return pages
}

func TestExchangersAndDirectEntriesRaceForTheSameSlots(t *testing.T) {
	for _, spread := range []int{1, 3} {
		t.Run(fmt.Sprint("spread ", spread), func(t *testing.T) {
			h := newHall(t, func(s *zone.Settings) { s.Capacity, s.GrantShards, s.QueueShards = 50, spread, 4 })
			for n := range 60 {
				if _, err := h.reg.Register(t.Context(), h.visitor(n), ""); err != nil {
					t.Fatal(err)
				}
			}
			watching, stop := context.WithCancel(t.Context())
			var watcher, racers sync.WaitGroup
			watcher.Go(func() { h.watch(watching) })
			for range 4 {
				racers.Go(func() {
					x, m := h.exchange(), &exchange.Memory{}
					for range 5 {
						if _, err := x.Tick(t.Context(), h.zone, m); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for n := range 20 {
				racers.Go(func() {
					_, err := h.admitter().Direct(t.Context(), h.visitor(100+n))
					if code := problem.CodeOf(err); code != "" && code != problem.NotCalled {
						t.Error(err)
					}
				})
			}
			racers.Wait()
			stop()
			watcher.Wait()
			if live := h.inspect(h.pages()); live != h.zone.Capacity {
				t.Errorf("%d of %d slots taken though more wait", live, h.zone.Capacity)
			}
		})
	}
}

func TestEverybodyGetsInOnceWhateverIsRaced(t *testing.T) {
	const people = 150
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 20 })
	done, stop := context.WithCancel(t.Context())
	var exchangers, visitors sync.WaitGroup
	var inside atomic.Int64
	for range 3 {
		exchangers.Go(func() {
			x, m := h.exchange(), &exchange.Memory{}
			for done.Err() == nil {
				if _, err := x.Tick(t.Context(), h.zone, m); err != nil {
					t.Error(err)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	for n := range people {
		visitors.Go(func() {
			if h.visit(n, n%5 == 0) {
				inside.Add(1)
			}
		})
	}
	visitors.Wait()
	stop()
	exchangers.Wait()
	if inside.Load() != people {
		t.Errorf("%d of %d got in", inside.Load(), people)
	}
	if live := h.inspect(h.pages()); live != 0 {
		t.Errorf("%d slots were never freed", live)
	}
}

// visit is a well-behaved visitor's whole way; direct: by the direct door first.
func (h *hall) visit(n int, direct bool) bool {
	v, admitter := h.visitor(n), h.admitter()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if direct {
		if in, err := admitter.Direct(ctx, v); err == nil {
			return admitter.Leave(ctx, v, in.Ref) == nil
		}
	}
	for ctx.Err() == nil {
		in, err := admitter.Enter(ctx, v, bucket.Ref{})
		switch problem.CodeOf(err) {
		case "":
			again, err := admitter.Enter(ctx, v, in.Ref)
			if err != nil || again.Ref != in.Ref {
				h.t.Errorf("entering again: %v, %v", again, err)
			}
			return admitter.Leave(ctx, v, in.Ref) == nil
		case problem.Missed:
			if _, err := h.reg.Register(ctx, v, ""); err != nil {
				h.t.Error(err)
			}
		case problem.NotCalled:
			time.Sleep(50 * time.Millisecond)
		default:
			h.t.Errorf("visitor %d: %v", n, err)
			return false
		}
	}
	return false
}
