package memsale_test

import (
	"slices"
	"strings"
	"testing"

	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract/saletest"
	"foyer/internal/store/memory/memsale"
)

func TestContracts(t *testing.T) { contracts(t, nil) }

// writes are the calls that change something, without their store's name.
var writes = []string{
	"SaveMap", "SaveCounts", "Save", "Lock", "Settle", "Free", "Create", "House", "Open", "View", "Gone", "Take", "Hush",
}

func TestContractsWhenEveryWriteIsRepeated(t *testing.T) {
	contracts(t, func(op string) memsale.Fault {
		_, call, _ := strings.Cut(op, ".")
		return memsale.Fault{Repeat: slices.Contains(writes, call)}
	})
}

func contracts(t *testing.T, fault func(string) memsale.Fault) {
	fresh := func() *memsale.Cloud {
		c := memsale.New()
		c.Fault = fault
		return c
	}
	t.Run("once", func(t *testing.T) {
		saletest.Once(t, func(*testing.T) saletest.NotedOnce {
			s := memsale.NewOnce()
			return saletest.NotedOnce{Store: s, Note: func(_ *testing.T, work string) string { return s.Note(work) }}
		})
	})
	t.Run("counts", func(t *testing.T) { saletest.Board(t, func(*testing.T) seat.Board { return fresh().Seats() }) })
	t.Run("seats", func(t *testing.T) { saletest.Seats(t, func(*testing.T) seat.Store { return fresh().Seats() }) })
	t.Run("orders", func(t *testing.T) {
		saletest.Orders(t, func(*testing.T) (order.Store, seat.Store) { c := fresh(); return c.Orders(), c.Seats() })
	})
	t.Run("viewers", func(t *testing.T) {
		saletest.Viewers(t, func(*testing.T) saletest.ViewersStore { return fresh().Viewers() })
	})
	t.Run("maps", func(t *testing.T) {
		saletest.Maps(t, func(*testing.T) (venue.Store, zone.Store) { c := fresh(); return c.Seats(), c.Zones() })
	})
	t.Run("left", func(t *testing.T) {
		saletest.Left(t, func(*testing.T) saletest.Stores {
			c := fresh()
			return saletest.Stores{Queue: c.Queue(), Log: c.Log(), Index: c.Index(), Viewers: c.Viewers(), Seats: c.Seats(),
				Orders: c.Orders(), Left: c.Left()}
		})
	})
}
