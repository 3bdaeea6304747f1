package saletest

import (
	"sync/atomic"
	"testing"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract"
)

// Stores are all stores in which a zone leaves something behind.
type Stores struct {
	Queue   queue.Store
	Log     bucket.Log
	Index   bucket.Index
	Viewers ViewersStore
	Seats   interface {
		seat.Store
		seat.Board
		venue.Store
	}
	Orders order.Store
	Left   clear.Store
}

// Left runs the contract of clear.Store.
func Left(t *testing.T, fresh func(*testing.T) Stores) {
	t.Run("a zone that is deleted leaves its orders and nothing else", func(t *testing.T) {
		t.Parallel()
		deleted(t, fresh(t))
	})
	t.Run("a zone that is reset keeps its map and the house's seats", func(t *testing.T) {
		t.Parallel()
		reset(t, fresh(t))
	})
}

// busy makes something of every kind in a zone, and returns its order, which is paid.
func busy(t *testing.T, s Stores, name string, n int) order.Order {
	t.Helper()
	ctx, log, line := t.Context(), bucket.Of{Zone: name, Shards: 2}, queue.Of{Zone: name, Shards: 4}
	for i := range 7 {
		_, err := s.Queue.Register(ctx, line, queue.Entry{Key: contract.Visitor(i), RegisteredAt: contract.After(0)})
		contract.Must(t, err)
		g := bucket.Grant{Key: contract.Visitor(i), State: bucket.Left, Until: contract.After(0)}
		p := bucket.Page{Number: int64(i + 1), At: contract.After(0), Called: g.Key, Grants: []bucket.Grant{g}}
		contract.Must(t, s.Log.Append(ctx, log, p))
		contract.Must(t, s.Index.NoteLate(ctx, log, g.Key.Visitor(), bucket.Ref{Page: p.Number}))
	}
	contract.Must(t, s.Viewers.Open(ctx, name, contract.Conn(n), contract.After(0)))
	_, err := s.Viewers.View(ctx, contract.Conn(n), []string{"a"}, contract.After(0))
	contract.Must(t, err)
	contract.Must(t, s.Seats.SaveMap(ctx, name, hall("Hall"), 0))
	contract.Must(t, s.Seats.SaveCounts(ctx, name, seat.Counts{At: contract.After(0), Free: map[string]int{"a": 2}}))
	for label, seats := range map[string][]string{"press": {"a-1-8"}, seat.Returned: {"a-1-9"}} {
		_, err = s.Seats.House(ctx, name, label, seats, false, contract.After(0))
		contract.Must(t, err)
	}
	o := anOrder(t, n, "a-1-1", "a-1-2")
	o.Zone = name
	lock(t, s.Seats, o)
	contract.Must(t, s.Orders.Create(ctx, o))
	taken := step(t, o, settled)
	contract.Must(t, s.Orders.Save(ctx, o, taken))
	paid := step(t, taken, order.Event{Kind: order.PaymentSeen, Payment: captured(o, 0)})
	contract.Must(t, s.Orders.Save(ctx, taken, paid))
	return paid
}

// kinds counts what is left of every kind, for a reason.
func kinds(t *testing.T, s Stores, name string, why zone.Clearing) map[clear.Kind]int {
	t.Helper()
	all := map[clear.Kind]int{}
	for _, kind := range clear.Kinds {
		n, err := s.Left.Left(t.Context(), name, kind, why)
		contract.Must(t, err)
		if n > 0 {
			all[kind] = n
		}
	}
	return all
}

// sweep removes everything, and checks that it says how much there was.
func sweep(t *testing.T, s Stores, name string, why zone.Clearing) {
	t.Helper()
	before, removed, last := kinds(t, s, name, why), map[clear.Kind]int{}, atomic.Int64{}
	for range 2 { // repeating it does no harm
		for _, kind := range clear.Kinds {
			n, err := s.Left.Remove(t.Context(), name, kind, why, func(n int) { last.Store(int64(n)) })
			contract.Must(t, err)
			if n > 0 {
				removed[kind] = n
				contract.Same(t, "the last number told", int(last.Load()), n)
			}
		}
	}
	contract.Same(t, "what was removed", removed, before)
	contract.Same(t, "what is left", kinds(t, s, name, why), map[clear.Kind]int{})
}

func deleted(t *testing.T, s Stores) {
	o := busy(t, s, "main", 1)
	busy(t, s, "main-hall", 2)
	other := kinds(t, s, "main-hall", zone.Deleting)
	if len(other) != len(clear.Kinds) || other[clear.Grants] != 14 || other[clear.Places] != 7 {
		t.Errorf("what there is: %v", other)
	}
	n, err := s.Left.Orders(t.Context(), "main")
	contract.Must(t, err)
	contract.Same(t, "its orders", n, clear.Orders{Sold: 1, All: 1})
	sweep(t, s, "main", zone.Deleting)
	contract.Same(t, "the other zone", kinds(t, s, "main-hall", zone.Deleting), other)
	contract.Same(t, "the order", stored(t, s.Orders, o.ID), o)

	back := step(t, o, order.Event{Kind: order.RefundAll})
	contract.Must(t, s.Orders.Save(t.Context(), o, back))
	done := step(t, back, order.Event{Kind: order.PaymentSeen, Payment: captured(o, o.Amount)})
	contract.Must(t, s.Orders.Save(t.Context(), back, done))
	contract.Same(t, "the order's state after a refund", stored(t, s.Orders, o.ID).State, order.Refunded)
}

func reset(t *testing.T, s Stores) {
	busy(t, s, "main", 1)
	sweep(t, s, "main", zone.Resetting)
	if o, err := s.Seats.Overview(t.Context(), "main"); err != nil || o.Version != 1 {
		t.Errorf("its map: %+v, %v", o, err)
	}
	seats, err := s.Seats.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	if len(seats) != 1 || seats[0].ID != "a-1-8" || seats[0].Holder != seat.House+"press" {
		t.Errorf("its seats: %+v", seats)
	}
	counts, err := s.Seats.Counts(t.Context(), "main")
	contract.Must(t, err)
	contract.Same(t, "its counts", counts, seat.Counts{})
}
