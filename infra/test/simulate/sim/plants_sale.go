package sim

import (
	"context"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
)

// salePlants are the faults of the sale.
var salePlants = map[string]plant{
	plantSecondPage:  {within: 20},
	plantRefundTwice: {within: 600},

	"a seat is locked whoever holds it": {within: 20, stores: func(w *World, s *stores) {
		s.seats = seatsPlant{Store: s.seats, lock: func(ctx context.Context, l seat.Store, p seat.Plan) error {
			p.Now = p.Now.Add(time.Hour)
			return l.Lock(ctx, p)
		}}
	}},
	"a hold is written whatever its version": {within: 200, stores: func(w *World, s *stores) {
		s.seats = seatsPlant{Store: s.seats, lock: func(ctx context.Context, l seat.Store, p seat.Plan) error {
			h, err := l.Hold(ctx, p.Before.Zone, p.Before.Buyer)
			if err != nil {
				return err
			}
			p.Before.Version, p.After.Version = h.Version, h.Version+1
			return l.Lock(ctx, p)
		}}
	}},
	"a hold forgets what was bought": {within: 80, stores: func(w *World, s *stores) {
		s.seats = seatsPlant{Store: s.seats, hold: func(h seat.Hold) seat.Hold {
			h.Bought = 0
			return h
		}}
	}},
	"a seat that is lost is no reason not to sell": {within: 100, stores: saving(func(
		ctx context.Context, s order.Store, before, after order.Order,
	) error {
		err := s.Save(ctx, before, after)
		if problem.CodeOf(err) == problem.SeatTaken {
			return nil
		}
		return err
	})},
	"an order is written whatever its version": {within: 80, stores: saving(func(
		ctx context.Context, s order.Store, before, after order.Order,
	) error {
		there, err := s.Get(ctx, after.ID)
		if err != nil {
			return err
		}
		after.Version = there.Version + 1
		return s.Save(ctx, there, after)
	})},
	"seats are taken without being asked for": {within: 20, stores: saving(func(
		ctx context.Context, s order.Store, before, after order.Order,
	) error {
		if after.Takes() && !before.Takes() {
			after.Lines = nil
		}
		return s.Save(ctx, before, after)
	})},
	"an address may have any number of seats": {within: 20, stores: func(_ *World, s *stores) {
		s.orders = ordersPlant{Store: s.orders, create: func(o order.Order) order.Order {
			o.Limit = seat.MaxPerBuyer
			return o
		}}
	}},
	"the sweeper sees no order": {within: 20, stores: func(_ *World, s *stores) {
		s.orders = ordersPlant{Store: s.orders, blind: true}
	}},
}

// saving plants a fault into how orders are saved.
func saving(save func(context.Context, order.Store, order.Order, order.Order) error) func(*World, *stores) {
	return func(_ *World, s *stores) { s.orders = ordersPlant{Store: s.orders, save: save} }
}

// seatsPlant is seats without some of their promises.
type seatsPlant struct {
	seat.Store
	lock func(context.Context, seat.Store, seat.Plan) error
	hold func(seat.Hold) seat.Hold
}

func (s seatsPlant) Lock(ctx context.Context, p seat.Plan) error {
	if s.lock == nil {
		return s.Store.Lock(ctx, p)
	}
	return s.lock(ctx, s.Store, p)
}

func (s seatsPlant) Hold(ctx context.Context, zone, buyer string) (seat.Hold, error) {
	h, err := s.Store.Hold(ctx, zone, buyer)
	if s.hold != nil {
		h = s.hold(h)
	}
	return h, err
}

// ordersPlant is orders without some of their promises.
type ordersPlant struct {
	order.Store
	save   func(context.Context, order.Store, order.Order, order.Order) error
	create func(order.Order) order.Order
	blind  bool
}

func (s ordersPlant) Save(ctx context.Context, before, after order.Order) error {
	if s.save == nil {
		return s.Store.Save(ctx, before, after)
	}
	return s.save(ctx, s.Store, before, after)
}

func (s ordersPlant) Create(ctx context.Context, o order.Order) error {
	if s.create != nil {
		o = s.create(o)
	}
	return s.Store.Create(ctx, o)
}

func (s ordersPlant) Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error) {
	if s.blind {
		return nil, nil
	}
	return s.Store.Due(ctx, zone, now, limit)
}
