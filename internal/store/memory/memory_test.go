package memory_test

import (
	"errors"
	"strings"
	"testing"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract"
	"foyer/internal/store/memory"
)

func TestContracts(t *testing.T) {
	contracts(t, nil)
}

func TestContractsWhenEveryWriteIsRepeated(t *testing.T) {
	contracts(t, func(op string) memory.Fault {
		_, call, _ := strings.Cut(op, ".")
		return memory.Fault{Repeat: strings.HasPrefix(call, "Re") || strings.HasPrefix(call, "Save") || call == "Append" || seatWrites[call] || call == "Apply" || call == "Lease"}
	})
}

var seatWrites = map[string]bool{"Lock": true, "Settle": true, "Free": true, "Create": true, "House": true, "Open": true, "View": true, "Gone": true, "Take": true, "Hush": true}

func contracts(t *testing.T, fault func(string) memory.Fault) {
	fresh := func() *memory.Cloud {
		c := memory.New()
		c.Fault = fault
		return c
	}
	t.Run("queue", func(t *testing.T) { contract.Queue(t, func(*testing.T) queue.Store { return fresh().Queue() }) })
	t.Run("log", func(t *testing.T) { contract.Log(t, func(*testing.T) bucket.Log { return fresh().Log() }) })
	t.Run("once", func(t *testing.T) {
		contract.Once(t, func(t *testing.T) once.Store { return memory.NewOnce() })
	})
	t.Run("zones", func(t *testing.T) { contract.Zones(t, func(*testing.T) zone.Store { return fresh().Zones() }) })
	t.Run("counts", func(t *testing.T) { contract.Board(t, func(*testing.T) seat.Board { return fresh().Seats() }) })
	t.Run("seats", func(t *testing.T) { contract.Seats(t, func(*testing.T) seat.Store { return fresh().Seats() }) })
	t.Run("orders", func(t *testing.T) {
		contract.Orders(t, func(*testing.T) (order.Store, seat.Store) { c := fresh(); return c.Orders(), c.Seats() })
	})
	t.Run("viewers", func(t *testing.T) {
		contract.Viewers(t, func(*testing.T) contract.ViewersStore { return fresh().Viewers() })
	})
	t.Run("maps", func(t *testing.T) { contract.Maps(t, func(*testing.T) venue.Store { return fresh().Seats() }) })
}

func TestFaults(t *testing.T) {
	down := errors.New("down")
	for _, c := range []struct {
		name   string
		fault  memory.Fault
		want   error
		landed bool
	}{
		{"none", memory.Fault{}, nil, true},
		{"before anything was done", memory.Fault{Before: down}, down, false},
		{"the answer is lost", memory.Fault{Lost: down}, down, true},
		{"the call is repeated", memory.Fault{Repeat: true}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cloud, key := memory.New(), queue.Key{1}
			cloud.Fault = func(op string) memory.Fault {
				if op == "queue.Register" {
					return c.fault
				}
				return memory.Fault{}
			}
			if _, err := cloud.Queue().Register(t.Context(), "main", 1, queue.Entry{Key: key}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			_, landed, err := cloud.Queue().Get(t.Context(), "main", 1, key)
			if err != nil || landed != c.landed {
				t.Errorf("landed %v, %v", landed, err)
			}
		})
	}
}

func TestThenRunsAfterTheWorkAndBeforeTheAnswer(t *testing.T) {
	cloud, seen := memory.New(), false
	cloud.Fault = func(op string) memory.Fault {
		if op != "queue.Register" {
			return memory.Fault{}
		}
		return memory.Fault{Then: func() { _, seen, _ = cloud.Queue().Get(t.Context(), "main", 1, queue.Key{1}) }}
	}
	if _, err := cloud.Queue().Register(t.Context(), "main", 1, queue.Entry{Key: queue.Key{1}}); err != nil || !seen {
		t.Errorf("seen %v, %v", seen, err)
	}
}
