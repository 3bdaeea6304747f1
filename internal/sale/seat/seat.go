// Package seat owns who holds which seat: what a lock, a swap, a release and a sale of seats change, and on which
// conditions.
//
// A seat is available, locked until a time, or taken. Expiry is always a condition on the clock, in reads and in
// writes: nothing has to run for a lock to end. The package decides purely, from a buyer's hold and a time; its store
// makes each plan true in one transaction, or not at all.
package seat

import (
	"context"
	"strings"
	"time"

	"foyer/internal/problem"
)

// Status is what everybody may know of a seat.
type Status string

// The statuses.
const (
	Available Status = "a"
	Locked    Status = "l" // until a time
	Taken     Status = "t" // sold, or held back by the house
)

// House is how the holder of a seat that the house keeps back begins; its label follows.
const House = "house:"

// Forever is until when the house holds a seat.
var Forever = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Seat is one seat as somebody left it. A seat that nobody ever touched has no record and is the zero Seat.
type Seat struct {
	ID      string
	Holder  string    // a visitor id in hex, or House and a label; it stays when the lock expires
	Until   time.Time // end of the lock, ms
	Paying  bool      // the lock is of a payment under way
	Order   string    // by which it was taken; empty: it wasn't
	Version int64     // counts changes, from 1
	Changed time.Time // when it was locked or given up last, ms, by the clock of who did, or sold or given back where the Settlement says when; zero: unknown
}

// Status is the seat's at the time now. Here the expiry of a lock is compared for reading: nothing has to run for it.
func (s Seat) Status(now time.Time) Status {
	switch {
	case s.Order != "", s.housed():
		return Taken
	case s.Holder != "" && s.Until.After(now):
		return Locked
	}
	return Available
}

// Mark is what everybody is told of a seat, in snapshots and in messages. A reader keeps the mark of the higher version,
// and by the clock takes a lock for ended at its time.
type Mark struct {
	Version int64  `json:"v"`
	Status  Status `json:"s"`
	Until   int64  `json:"u,omitempty"` // ms; of a locked seat
}

// Mark is the seat's at the time now.
func (s Seat) Mark(now time.Time) Mark {
	m := Mark{Version: s.Version, Status: s.Status(now)}
	if m.Status == Locked {
		m.Until = s.Until.UnixMilli()
	}
	return m
}

func (s Seat) housed() bool { return strings.HasPrefix(s.Holder, House) }

// Free reports whether buyer may lock the seat at the time now: it is not taken, and nobody else's lock holds. It
// compares the expiry of the lock, as the condition of the store's write does, which alone decides.
func (s Seat) Free(buyer string, now time.Time) bool {
	return s.Order == "" && (s.Holder == "" || s.Holder == buyer || !s.Until.After(now))
}

// Gone reports whether the seat is out of the sale for now: taken, or locked by a payment under way.
func (s Seat) Gone(now time.Time) bool {
	status := s.Status(now)
	return status == Taken || status == Locked && s.Paying
}

// Settlement is a sale of locked seats to their holder.
type Settlement struct {
	Zone, Buyer, Order string
	Seats              []string  // 1 to MaxPerBuyer, each once
	Limit              int       // seats that the buyer may have bought after it
	At                 time.Time // ms, when it was decided: maps are told of what changed lately together; zero: unknown

	Mark    string   // names a giving back of part of the seats, so that it is made once; empty: it is of all that are left
	ToHouse []string // of the Seats that are given back: those that go to the house under the label Returned
}

// Returned is the label under which the house keeps seats whose money went back.
const Returned = "returned"

// FreedBy is by which name the giving back is remembered.
func (s Settlement) ReleasedBy() string {
	if s.Mark != "" {
		return s.Mark
	}
	return s.Order
}

// Store keeps seats and holds. Every method returns problem.Busy when the database is throttled or others were in the
// way again and again: nothing was done then, and trying again is right. Other errors are problem.Internal or the
// context's, after which the change may have landed; repeating it is safe.
type Store interface {
	// Hold reads a buyer's hold consistently; who never had one has the zero Hold of that zone and buyer.
	Hold(ctx context.Context, zone, buyer string) (Hold, error)

	// Lock makes p true in one transaction: the hold, on its version; each seat of Keep and Take, where it is Free at
	// p.Now; each seat of GiveUp, where buyer holds it and it isn't taken. It returns problem.SeatTaken with the
	// seats that stood in the way, and problem.Conflict when the hold has changed: read it and plan again. A plan that
	// had landed before is success.
	Lock(ctx context.Context, p Plan) error

	// Settle takes the seats for the order in one transaction: each seat, where buyer is its holder and it isn't
	// taken (whenever its lock ended); the hold's Bought grows, where Limit allows it. It returns problem.SeatTaken
	// and problem.Limit. Seats that the order has taken already are success.
	Settle(ctx context.Context, s Settlement) error

	// Free makes the seats of the order available again, or the house's, after a refund, and gives them back to the buyer's limit, in one
	// transaction. It returns problem.SeatTaken with the seats that aren't the order's. Repeating it is success.
	Free(ctx context.Context, s Settlement) error

	// Snapshot reads every seat of the section that was ever touched, in the order of their ids. Changes of one
	// transaction may be seen in part while it is read.
	Snapshot(ctx context.Context, zone, section string) ([]Seat, error)

	// House holds seats back under a label, or gives those of that label to the sale again, each on its own. It
	// returns the seats that it had to leave alone: locked, taken or held under another label at the time now; or, of
	// a release, not held under this one. Repeating it is no hindrance.
	House(ctx context.Context, zone, label string, seats []string, release bool, now time.Time) (left []string, err error)
}

// TakenError says which seats stood in the way.
func TakenError(seats []string) error {
	return &problem.Error{Code: problem.SeatTaken, Seats: seats}
}

// ChangedError says that a hold changed between reading and writing.
func ChangedError() error { return problem.New(problem.Conflict, "your seats changed meanwhile") }

// LimitError says how many seats a buyer may have.
func LimitError(limit int) error {
	if limit == 1 {
		return problem.New(problem.Limit, "a buyer may have one seat")
	}
	return problem.New(problem.Limit, "a buyer may have %d seats", limit)
}
