// Package memsale is the sale's stores in memory, beside the waiting room's in one cloud, with the promises of the real
// ones and with faults on demand.
//
// It serves tests and simulations: it must never hold anything that would be missed.
package memsale

import (
	"time"

	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/memory/memroom"
)

// Cloud is one memory with the stores of the waiting room and of the sale. It is safe for concurrent use; every call is
// atomic, but Queue.Scan.
type Cloud struct {
	*memroom.Cloud
	// Changes hears of every change of the sale. Set it before the stores are used.
	Changes Changes

	seats  *seatsOf
	orders *ordersOf
	views  *viewersOf
}

// Changes hears of each change as it is written, in order, as memroom.Stream does. Any may be nil.
type Changes struct {
	Seat  func(zone string, old, one seat.Seat)
	Hold  func(old, hold seat.Hold)
	Order func(old *order.Order, o order.Order) // old is nil for a new order
}

// Fault is what goes wrong with one call.
type Fault = memroom.Fault

// New returns an empty memory.
func New() *Cloud {
	return &Cloud{
		Cloud: memroom.New(),
		seats: &seatsOf{
			map[section][]seat.Seat{}, map[section]bool{}, map[seatKey]seat.Hold{}, map[string][]loaded{},
			map[string]seat.Counts{},
		},
		orders: &ordersOf{
			map[string]order.Order{}, map[seatKey]counted{}, map[seatKey]string{}, map[string]string{}, map[string]bool{},
		},
		views: &viewersOf{
			map[string]viewing{}, map[seatKey]map[string]time.Time{}, map[string]*turn{}, map[seatKey]time.Time{},
			map[int64]int{},
		},
	}
}
