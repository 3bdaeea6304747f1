package order

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/seat"
)

// Store keeps orders.
type Store interface {
	// Create adds o, counts its seats against the limits of its e-mail address, in all and at each price type, makes it
	// its buyer's latest order and gives it its number, in one transaction. It returns problem.Conflict if another order
	// has that id, or if the buyer's latest order is not the one that o follows; ErrNumberTaken; and problem.Limit. If
	// this very order is stored already, by a write whose reply was lost, it succeeds.
	Create(ctx context.Context, o Order) error

	// Get reads an order consistently. It returns problem.NotFound.
	Get(ctx context.Context, id string) (Order, error)

	// Latest returns the id of the buyer's latest order in the zone, read consistently; empty if there is none.
	Latest(ctx context.Context, zone string, buyer queue.VisitorID) (id string, err error)

	// Save replaces before by after, the next version of the same order, together with all that follows from it, in
	// one transaction. If after takes its seats and before did not, the seats are taken and counted as bought, on
	// condition that the buyer holds each of them and none is taken. Seats that before took and after doesn't are
	// Released, and the limits of the e-mail address count what Counted and CountedAt say. Each address in
	// Corrected finds the order too. It returns problem.Conflict if the stored order
	// is no longer before, and problem.SeatTaken and problem.Limit if the seats can't be taken; then nothing has
	// changed. If the stored order is after already, by a write whose reply was lost, it succeeds.
	Save(ctx context.Context, before, after Order) error

	// Due returns up to limit ids of the zone's open orders that are due at the time now, the longest due first,
	// eventually consistent.
	Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error)

	Finder

	// ListOpen returns every open order of the zone, eventually consistent.
	ListOpen(ctx context.Context, zone string) ([]OpenOrder, error)
}

// Finder finds orders by what people know of them.
type Finder interface {
	// ByNumber returns the id of the order with a number, read consistently. It returns problem.NotFound.
	ByNumber(ctx context.Context, number string) (id string, err error)

	// ByEmail returns up to limit ids of the orders that were made with an address, or whose address was corrected to
	// it, by the hash that counts its seats, and with it of one zone; the latest first, eventually consistent.
	ByEmail(ctx context.Context, emailHash string, limit int) ([]string, error)

	// Made returns up to limit ids of the zone's orders that were made from one time up to another, that excluded; the
	// latest first, eventually consistent.
	Made(ctx context.Context, zone string, from, to time.Time, limit int) ([]string, error)
}

// ChangedError returns the error of an order that changed between reading and writing.
func ChangedError() error { return problem.New(problem.Conflict, "the order changed meanwhile") }

// Settlement returns the sale of an order's seats.
func Settlement(o Order) seat.Settlement {
	s := seat.Settlement{Zone: o.Zone, Buyer: o.Buyer.String(), Order: o.ID, Limit: o.Limit}
	sells(&s, o.Lines)
	if s.At = o.Moved(); o.AuthorisedAt.After(s.At) {
		s.At = o.AuthorisedAt
	}
	return s
}

// sells adds the seats of lines, and at which price types they are sold.
func sells(s *seat.Settlement, lines []Line) {
	for _, l := range lines {
		s.Seats = append(s.Seats, l.Seat)
		if l.Type == "" || l.Type == seat.Standard {
			continue
		}
		if s.Types == nil {
			s.Types, s.MostAt = seat.Types{}, map[string]int{}
		}
		if s.Types[l.Seat] = l.Type; l.Most > 0 {
			s.MostAt[l.Type] = l.Most
		}
	}
}

// Released returns the seats that a change of an order gives back; none if it takes as many as before.
func Released(before, after Order) seat.Settlement {
	s := Settlement(after)
	s.Seats, s.Types = nil, nil
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
		sells(&s, []Line{l})
		for _, r := range after.PartialRefunds {
			if r.ToHouse && slices.Contains(r.Seats, l.Seat) {
				s.ToHouse = append(s.ToHouse, l.Seat)
			}
		}
	}
	return s
}

// Counted returns the change in seats that count against the buyer's e-mail limit.
func Counted(before, after Order) (n int) {
	if before.Counts() {
		n -= len(before.Remaining())
	}
	if after.Counts() {
		n += len(after.Remaining())
	}
	return n
}

// CountedAt is Counted for each price type but the standard one, as far as it changes.
func CountedAt(before, after Order) map[string]int {
	n := map[string]int{}
	add := func(o Order, sign int) {
		if !o.Counts() {
			return
		}
		for _, l := range o.Remaining() {
			if l.Type != "" && l.Type != seat.Standard {
				n[l.Type] += sign
			}
		}
	}
	add(before, -1)
	add(after, 1)
	maps.DeleteFunc(n, func(_ string, n int) bool { return n == 0 })
	return n
}

// WithinLimits returns problem.Limit if an address that has bought so many seats, in all and at price types, may not
// have the order's too.
func WithinLimits(o Order, bought int, boughtAt map[string]int) error {
	if o.Seats()+bought > o.Limit {
		return seat.LimitError(o.Limit)
	}
	s := Settlement(o)
	return s.Types.Within(s.MostAt, boughtAt)
}
