package memroom_test

import (
	"errors"
	"strings"
	"testing"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/contract/roomtest"
	"foyer/internal/store/memory/memroom"
)

func TestContracts(t *testing.T) {
	contracts(t, nil)
}

func TestContractsWhenEveryWriteIsRepeated(t *testing.T) {
	contracts(t, func(op string) memroom.Fault {
		_, call, _ := strings.Cut(op, ".")
		writes := strings.HasPrefix(call, "Re") || strings.HasPrefix(call, "Save")
		writes = writes || call == "Append" || call == "Apply" || call == "Note" || call == "NoteLate" || call == "Lease"
		return memroom.Fault{Repeat: writes}
	})
}

func contracts(t *testing.T, fault func(string) memroom.Fault) {
	fresh := func() *memroom.Cloud {
		c := memroom.New()
		c.Fault = fault
		return c
	}
	t.Run("queue", func(t *testing.T) { roomtest.Queue(t, func(*testing.T) queue.Store { return fresh().Queue() }) })
	t.Run("log", func(t *testing.T) { roomtest.Log(t, func(*testing.T) bucket.Log { return fresh().Log() }) })
	t.Run("index", func(t *testing.T) { roomtest.Index(t, func(*testing.T) bucket.Index { return fresh().Index() }) })
	t.Run("zones", func(t *testing.T) { roomtest.Zones(t, func(*testing.T) zone.Store { return fresh().Zones() }) })
	t.Run("wakes", func(t *testing.T) { c := fresh(); roomtest.Wakes(t, c.Zones(), c.Wakes()) })
	t.Run("rules", func(t *testing.T) { cloud := fresh(); roomtest.Rules(t, cloud.Rules(), cloud.Zones()) })
}

// places names the queue of these tests.
var places = queue.Of{Zone: "main", Shards: 1}

func TestFaults(t *testing.T) {
	down := errors.New("down")
	for _, c := range []struct {
		name   string
		fault  memroom.Fault
		want   error
		landed bool
	}{
		{"none", memroom.Fault{}, nil, true},
		{"before anything was done", memroom.Fault{Before: down}, down, false},
		{"the answer is lost", memroom.Fault{Lost: down}, down, true},
		{"the call is repeated", memroom.Fault{Repeat: true}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cloud, key := memroom.New(), queue.Key{1}
			cloud.Fault = func(op string) memroom.Fault {
				if op == "queue.Register" {
					return c.fault
				}
				return memroom.Fault{}
			}
			if _, err := cloud.Queue().Register(t.Context(), places, queue.Entry{Key: key}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			_, landed, err := cloud.Queue().Get(t.Context(), places, key)
			if err != nil || landed != c.landed {
				t.Errorf("landed %v, %v", landed, err)
			}
		})
	}
}

func TestThenRunsAfterTheWorkAndBeforeTheAnswer(t *testing.T) {
	cloud, seen := memroom.New(), false
	cloud.Fault = func(op string) memroom.Fault {
		if op != "queue.Register" {
			return memroom.Fault{}
		}
		return memroom.Fault{Then: func() { _, seen, _ = cloud.Queue().Get(t.Context(), places, queue.Key{1}) }}
	}
	if _, err := cloud.Queue().Register(t.Context(), places, queue.Entry{Key: queue.Key{1}}); err != nil || !seen {
		t.Errorf("seen %v, %v", seen, err)
	}
}
