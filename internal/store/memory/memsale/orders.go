package memsale

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/store/memory/memroom"
)

// ordersOf is what the memory keeps of orders.
type ordersOf struct {
	orders map[string]order.Order
	emails map[seatKey]counted // seats counted against an address's limits
	latest map[seatKey]string  // a buyer's latest order
	number map[string]string   // the order with a number
	open   map[string]bool     // ids of orders that wait for something
}

// counted is how many seats count, in all and at each price type.
type counted struct {
	all    int
	atType map[string]int
}

func (c counted) plus(n int, atType map[string]int) counted {
	c.all += n
	c.atType = maps.Clone(c.atType)
	for name, n := range atType {
		if c.atType == nil {
			c.atType = map[string]int{}
		}
		c.atType[name] += n
	}
	return c
}

// Orders returns the orders of every zone.
func (c *Cloud) Orders() *Orders { return &Orders{c, c.orders, c.Seats()} }

// Orders is order.Store in memory.
type Orders struct {
	*Cloud
	of    *ordersOf
	seats *Seats
}

var _ order.Store = (*Orders)(nil)

// Create implements order.Store.
func (s *Orders) Create(ctx context.Context, o order.Order) error {
	return s.Do(ctx, "orders.Create", func() error {
		if there, found := s.of.orders[o.ID]; found {
			if reflect.DeepEqual(there, o) {
				return nil
			}
			return order.ChangedError()
		}
		latest := seatKey{o.Zone, o.Buyer.String()}
		if s.of.latest[latest] != o.Follows {
			return order.ChangedError()
		}
		if _, taken := s.of.number[o.Number]; taken {
			return order.ErrNumberTaken
		}
		email := seatKey{o.Zone, o.EmailHash}
		if err := order.WithinLimits(o, s.of.emails[email].all, s.of.emails[email].atType); err != nil {
			return err
		}
		s.count(order.Order{}, o)
		s.of.latest[latest] = o.ID
		s.of.number[o.Number] = o.ID
		s.keep(nil, o)
		return nil
	})
}

func (s *Orders) keep(old *order.Order, o order.Order) {
	s.of.orders[o.ID] = o
	if delete(s.of.open, o.ID); o.Open() {
		s.of.open[o.ID] = true
	}
	if s.Changes.Order != nil {
		s.Changes.Order(old, o)
	}
}

// Get implements order.Store.
func (s *Orders) Get(ctx context.Context, id string) (o order.Order, err error) {
	err = s.Do(ctx, "orders.Get", func() error {
		var found bool
		if o, found = s.of.orders[id]; !found {
			return problem.New(problem.NotFound, "there is no such order")
		}
		o.Lines = slices.Clone(o.Lines)
		return nil
	})
	return memroom.Standing(o, err)
}

// Latest implements order.Store.
func (s *Orders) Latest(ctx context.Context, zone string, buyer queue.VisitorID) (id string, err error) {
	err = s.Do(ctx, "orders.Latest", func() error {
		id = s.of.latest[seatKey{zone, buyer.String()}]
		return nil
	})
	return memroom.Standing(id, err)
}

// Save implements order.Store.
func (s *Orders) Save(ctx context.Context, before, after order.Order) error {
	check := func() (func(), error) { return s.replace(before, after) }
	switch {
	case !before.Takes() && after.Takes():
		return s.seats.SettleWith(ctx, order.Settlement(after), check)
	}
	if freed := order.Released(before, after); len(freed.Seats) > 0 {
		return s.seats.FreeWith(ctx, freed, check)
	}
	return s.Do(ctx, "orders.Save", func() error {
		change, err := check()
		if err == nil {
			change()
		}
		return err
	})
}

// replace checks the condition of a change, and returns the function that makes it.
func (s *Orders) replace(before, after order.Order) (func(), error) {
	there := s.of.orders[before.ID]
	if reflect.DeepEqual(there, after) {
		return func() {}, nil
	}
	if there.Version != before.Version || after.Version != before.Version+1 {
		return nil, order.ChangedError()
	}
	return func() {
		s.keep(&there, after)
		s.count(before, after)
	}, nil
}

// count counts what an order's change adds to the limits of its address. One that was erased has none.
func (s *Orders) count(before, after order.Order) {
	email := seatKey{after.Zone, after.EmailHash}
	if after.EmailHash != "" {
		s.of.emails[email] = s.of.emails[email].plus(order.Counted(before, after), order.CountedAt(before, after))
	}
}

// Due implements order.Store.
func (s *Orders) Due(ctx context.Context, zone string, now time.Time, limit int) (ids []string, err error) {
	err = s.Do(ctx, "orders.Due", func() error {
		var due []order.Order
		for id := range s.of.open {
			if o := s.of.orders[id]; o.Zone == zone && !o.Due.After(now) {
				due = append(due, o)
			}
		}
		slices.SortFunc(due, func(a, b order.Order) int {
			return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID))
		})
		ids = nil
		for _, o := range due[:min(limit, len(due))] {
			ids = append(ids, o.ID)
		}
		return nil
	})
	return memroom.Standing(ids, err)
}

// ByNumber implements order.Store.
func (s *Orders) ByNumber(ctx context.Context, number string) (id string, err error) {
	err = s.Do(ctx, "orders.ByNumber", func() error {
		var found bool
		if id, found = s.of.number[number]; !found {
			return problem.New(problem.NotFound, "there is no order %s", number)
		}
		return nil
	})
	return memroom.Standing(id, err)
}

// ByEmail implements order.Store.
func (s *Orders) ByEmail(ctx context.Context, emailHash string, limit int) ([]string, error) {
	return s.find(ctx, "orders.ByEmail", limit, func(o order.Order) bool {
		return o.EmailHash == emailHash || slices.Contains(o.Corrected, emailHash)
	})
}

// Made implements order.Store.
func (s *Orders) Made(ctx context.Context, zone string, from, to time.Time, limit int) ([]string, error) {
	return s.find(ctx, "orders.Made", limit, func(o order.Order) bool {
		return o.Zone == zone && !o.CreatedAt.Before(from) && o.CreatedAt.Before(to)
	})
}

// find returns up to limit ids of the orders that are wanted, the latest first.
func (s *Orders) find(
	ctx context.Context, call string, limit int, want func(order.Order) bool,
) (ids []string, err error) {
	err = s.Do(ctx, call, func() error {
		var found []order.Order
		for _, o := range s.of.orders {
			if want(o) {
				found = append(found, o)
			}
		}
		slices.SortFunc(found, func(a, b order.Order) int { return b.CreatedAt.Compare(a.CreatedAt) })
		ids = nil
		for _, o := range found[:min(limit, len(found))] {
			ids = append(ids, o.ID)
		}
		return nil
	})
	return memroom.Standing(ids, err)
}

// ListOpen implements order.Store.
func (s *Orders) ListOpen(ctx context.Context, zone string) (open []order.OpenOrder, err error) {
	err = s.Do(ctx, "orders.ListOpen", func() error {
		open = nil
		for _, o := range s.of.orders {
			if o.Zone == zone && o.Open() {
				open = append(open, order.OpenOrder{State: o.State, OverdueFrom: o.OverdueFrom()})
			}
		}
		return nil
	})
	return memroom.Standing(open, err)
}

// All returns every order, for tests that look at the whole.
func (s *Orders) All() []order.Order {
	all := make([]order.Order, 0, len(s.of.orders))
	_ = s.Locked(func() error {
		for _, id := range slices.Sorted(maps.Keys(s.of.orders)) {
			all = append(all, s.of.orders[id])
		}
		return nil
	})
	return all
}
