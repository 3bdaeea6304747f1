package order

import (
	"context"
	"slices"
	"strconv"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/seat"
)

// Store keeps orders.
type Store interface {
	// Create adds o, counts its seats against the limit of its e-mail address and makes it its buyer's latest order,
	// in one transaction. It returns problem.Conflict when an order has that id already, except when it is this very
	// one (a retried write that had landed), which is success; and problem.Limit.
	Create(ctx context.Context, o Order) error

	// Get reads an order consistently. It returns problem.NotFound.
	Get(ctx context.Context, id string) (Order, error)

	// Latest is the id of the buyer's latest order in the zone, read consistently; empty when there is none.
	Latest(ctx context.Context, zone string, buyer queue.VisitorID) (id string, err error)

	// Save replaces before by after, the next version of the same order, together with all that follows from it, in
	// one transaction: where after takes its seats and before did not, the seats are taken and counted as bought, each
	// on being held by the buyer and not taken; seats that before took and after doesn't are Freed; and what the order
	// counts against the limit of its e-mail address changes with Counts. It returns problem.Conflict when the stored order is
	// not before any more, except when it is after (a retried write that had landed), which is success; and
	// problem.SeatTaken and problem.Limit where the seats can't be taken. Nothing has changed then.
	Save(ctx context.Context, before, after Order) error

	// Due is up to limit ids of the zone's open orders that are due at the time now, the longest due first, eventually
	// consistent.
	Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error)

	// Waiting is every open order of the zone, eventually consistent.
	ListOpen(ctx context.Context, zone string) ([]OpenOrder, error)
}

// ChangedError says that an order changed between reading and writing.
func ChangedError() error { return problem.New(problem.Conflict, "the order changed meanwhile") }

// Settlement is the sale of an order's seats.
func Settlement(o Order) seat.Settlement {
	s := seat.Settlement{Zone: o.Zone, Buyer: o.Buyer.String(), Order: o.ID, Limit: o.Limit}
	for _, l := range o.Lines {
		s.Seats = append(s.Seats, l.Seat)
	}
	if s.At = o.Moved(); o.AuthorisedAt.After(s.At) {
		s.At = o.AuthorisedAt
	}
	return s
}

// Freed is the seats that a change of an order gives back; none when it takes as many as before.
func Released(before, after Order) seat.Settlement {
	s := Settlement(after)
	s.Seats = nil
	if !before.Takes() {
		return s
	}
	var stay []Line
	if after.Takes() {
		stay = after.Remaining()
		s.Mark = after.ID + "#" + strconv.FormatInt(after.Version, 10)
	}
	for _, l := range before.Remaining() {
		if slices.Contains(stay, l) {
			continue
		}
		s.Seats = append(s.Seats, l.Seat)
		if slices.ContainsFunc(after.PartialRefunds, func(r PartialRefund) bool { return r.ToHouse && slices.Contains(r.Seats, l.Seat) }) {
			s.ToHouse = append(s.ToHouse, l.Seat)
		}
	}
	return s
}

// Counted is by how many seats a change of an order changes what counts against its address's limit.
func Counted(before, after Order) (n int) {
	if before.Counts() {
		n -= len(before.Remaining())
	}
	if after.Counts() {
		n += len(after.Remaining())
	}
	return n
}
