package relay_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/queue"
	"foyer/internal/room/relay"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// slowEdge is the edge's store with the times that it takes on AWS.
type slowEdge struct {
	values  map[string]string
	written map[string]time.Time // key → when last
	version int
}

func (e *slowEdge) Version(context.Context) (string, error) {
	time.Sleep(20 * time.Millisecond)
	return fmt.Sprint(e.version), nil
}

func (e *slowEdge) Get(_ context.Context, key string) (string, bool, error) {
	time.Sleep(20 * time.Millisecond)
	value, found := e.values[key]
	return value, found, nil
}

func (e *slowEdge) Put(_ context.Context, _ string, values map[string]string) (string, error) {
	time.Sleep(100 * time.Millisecond)
	maps.Copy(e.values, values)
	for key := range values {
		e.written[key] = time.Now()
	}
	e.version++
	return fmt.Sprint(e.version), nil
}

// oneKey is keys that never change.
type oneKey struct{}

func (oneKey) EdgeKeys(context.Context, string) (token.EdgeKeys, error) {
	return token.EdgeKeys{Keys: []token.EdgeKey{{"k1", "v"}}, Lasting: token.EdgeKey{"l1", "l"}}, nil
}
func (oneKey) Refresh(context.Context) error { return nil }

func TestAPauseDoesNotWaitBehindOtherZonesFigures(t *testing.T) {
	for _, n := range []int{10, 50, 100, 200} {
		synctest.Test(t, func(t *testing.T) {
			zones, edge := memroom.New().Zones(), &slowEdge{values: map[string]string{}, written: map[string]time.Time{}}
			r := &relay.Relay{
				Zones: zones, Edge: edge, Keys: oneKey{}, Now: time.Now, Sleep: smithytime.SleepWithContext,
				Jitter: func(d time.Duration) time.Duration { return d / 2 },
			}
			must := func(err error) {
				if err != nil {
					t.Fatal(err)
				}
			}
			var names []string
			for i := range n {
				s := zone.New(fmt.Sprintf("z%03d", i))
				must(zones.SaveSettings(t.Context(), s))
				names = append(names, s.Zone)
			}
			for round := range 3 { // every zone's figures move
				for i, name := range names {
					must(zones.SaveStatus(t.Context(), zone.Status{
						Zone: name, Version: int64(round + 1), At: time.Now(), State: zone.Open,
						Waiting: i + 1000*round, Called: queue.Key{byte(round + 1), byte(i)},
					}))
				}
				if round < 2 {
					r.Sync(t.Context(), names...)
				}
			}
			last := zone.New(names[n-1])
			last.Version, last.State = 2, zone.Paused
			must(zones.SaveSettings(t.Context(), last))
			paused := time.Now()
			r.Sync(t.Context(), names...)
			if took := edge.written["z."+last.Zone].Sub(paused); took > 3*time.Second {
				t.Errorf("%d zones: the pause is at the edge after %v", n, took)
			}
		})
	}
}
