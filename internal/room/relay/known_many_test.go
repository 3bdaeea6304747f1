package relay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/relay"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

type slowEdge struct {
	mu         sync.Mutex
	values     map[string]string
	n          int
	at         map[string]time.Time
	gets, puts int
}

func (e *slowEdge) Version(context.Context) (string, error) {
	time.Sleep(20 * time.Millisecond)
	return fmt.Sprint(e.n), nil
}
func (e *slowEdge) Get(_ context.Context, k string) (string, bool, error) {
	time.Sleep(20 * time.Millisecond)
	e.gets++
	v, ok := e.values[k]
	return v, ok, nil
}
func (e *slowEdge) Put(_ context.Context, v string, values map[string]string) (string, error) {
	time.Sleep(100 * time.Millisecond)
	e.puts++
	for k, x := range values {
		e.values[k] = x
		e.at[k] = time.Now()
	}
	e.n++
	return fmt.Sprint(e.n), nil
}

type oneKey struct{}

func (oneKey) EdgeKeys(context.Context, string) ([]relay.Key, error) {
	return []relay.Key{{ID: "k1", Visitor: "v", Access: "a", Invite: "i"}}, nil
}
func (oneKey) Refresh(context.Context) error { return nil }

func TestKnownManyZones(t *testing.T) {
	known.Fault(t, "many zones")
	for _, n := range []int{10, 25, 50, 100, 200} {
		synctest.Test(t, func(t *testing.T) {
			cloud := memroom.New()
			edge := &slowEdge{values: map[string]string{}, at: map[string]time.Time{}}
			r := &relay.Relay{
				Zones:  cloud.Zones(),
				Edge:   edge,
				Keys:   oneKey{},
				Now:    time.Now,
				Sleep:  func(ctx context.Context, d time.Duration) error { time.Sleep(d); return nil },
				Jitter: func(d time.Duration) time.Duration { return d / 2 },
			}
			var names []string
			for i := range n {
				s := zone.New(fmt.Sprintf("z%03d", i))
				_ = cloud.Zones().SaveSettings(t.Context(), s)
				names = append(names, s.Zone)
			}
			began := time.Now()
			r.Sync(t.Context(), names...)
			cold := time.Since(began)
			time.Sleep(10 * time.Second)
			// a busy second: every zone's figures move; the operator pauses the last one
			for i, name := range names {
				_ = cloud.Zones().
					SaveStatus(t.Context(), zone.Status{Zone: name, Version: 1, At: time.Now(), State: zone.Open, Waiting: i + 1, Called: queue.Key{1, byte(i)}})
			}
			r.Sync(t.Context(), names...)
			for i, name := range names {
				_ = cloud.Zones().
					SaveStatus(t.Context(), zone.Status{Zone: name, Version: 2, At: time.Now(), State: zone.Open, Waiting: i + 1000, Called: queue.Key{2, byte(i)}})
			}
			last := zone.New(names[n-1])
			last.Version, last.State = 2, zone.Paused
			_ = cloud.Zones().SaveSettings(t.Context(), last)
			paused := time.Now()
			p0 := edge.puts
			r.Sync(t.Context(), names...)
			fmt.Printf(
				"%3d zones: first sync of a fresh relay %v; all figures moved and one zone was paused: the pause is at the edge after %v; %d writes for one round\n",
				n,
				cold.Round(10*time.Millisecond),
				edge.at["z."+names[n-1]].Sub(paused).Round(10*time.Millisecond),
				edge.puts-p0,
			)
		})
	}
}
