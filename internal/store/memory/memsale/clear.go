package memsale

import (
	"context"
	"slices"

	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/seat"
	"foyer/internal/store/memory/memroom"
)

// Left returns what is left of zones.
func (c *Cloud) Left() clear.Store { return left{c} }

// left is clear.Store in memory.
type left struct{ *Cloud }

// Left implements clear.Store.
func (l left) Left(ctx context.Context, name string, kind clear.Kind, why zone.Clearing) (n int, err error) {
	err = l.Do(ctx, "left.Left", func() error {
		n = l.sweep(name, kind, why, false)
		return nil
	})
	return memroom.Standing(n, err)
}

// Remove implements clear.Store.
func (l left) Remove(
	ctx context.Context, name string, kind clear.Kind, why zone.Clearing, done func(n int),
) (n int, err error) {
	err = l.Do(ctx, "left.Remove", func() error {
		n = l.sweep(name, kind, why, true)
		return nil
	})
	if err == nil && n > 0 {
		done(n)
	}
	return memroom.Standing(n, err)
}

// sweep counts the items, and with remove takes them away.
func (l left) sweep(name string, kind clear.Kind, why zone.Clearing, remove bool) int {
	switch kind {
	case clear.Grants:
		return l.ClearLog(name, remove)
	case clear.Places:
		return l.ClearQueue(name, remove)
	case clear.Viewers:
		return l.viewersOf(name, remove)
	case clear.Holds:
		ids := drop(l.seats.holds, name, remove)
		return ids + drop(l.orders.emails, name, remove) + drop(l.orders.latest, name, remove)
	}
	return l.seatsOf(name, why, remove)
}

// drop counts what a zone has one of for each id, and with remove takes it away.
func drop[V any](of map[seatKey]V, zone string, remove bool) (n int) {
	for key := range of {
		if key.zone == zone {
			if n++; remove {
				delete(of, key)
			}
		}
	}
	return n
}

func (l left) viewersOf(name string, remove bool) (n int) {
	for key, conns := range l.views.views {
		if key.zone == name {
			n += len(conns)
		}
	}
	drop(l.views.views, name, remove)
	if l.views.turns[name] != nil {
		n++
	}
	if remove {
		delete(l.views.turns, name)
	}
	return n + drop(l.views.quiet, name, remove)
}

func (l left) seatsOf(name string, why zone.Clearing, remove bool) (n int) {
	for at, seats := range l.seats.seats {
		if at.zone != name {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(seats), func(s seat.Seat) bool {
			return !clear.KeepsSeat(s.Holder, s.Order, why)
		})
		n += len(seats) - len(kept)
		if remove {
			l.seats.seats[at] = kept
		}
	}
	if _, counted := l.seats.counts[name]; counted {
		n++
	}
	if why == zone.Deleting {
		n += len(l.seats.maps[name])
	}
	if remove {
		delete(l.seats.counts, name)
		if why == zone.Deleting {
			delete(l.seats.maps, name)
		}
	}
	return n
}

// Orders implements clear.Store.
func (l left) Orders(ctx context.Context, name string) (n clear.Orders, err error) {
	err = l.Do(ctx, "left.Orders", func() error {
		n = clear.Orders{}
		for _, o := range l.orders.orders {
			if o.Zone == name {
				n.Add(o.Takes(), o.Open())
			}
		}
		return nil
	})
	return memroom.Standing(n, err)
}
