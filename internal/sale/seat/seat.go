// Package seat owns the holders of seats: what a lock, a swap, a release and a sale of seats change, and on which
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

// Status is what everybody may know about a seat.
type Status string

// The statuses.
const (
	Available Status = "a"
	Locked    Status = "l" // until a time
	Taken     Status = "t" // sold, or held back by the house
)

// House begins the holder of a seat that the house keeps back; the label follows.
const House = "house:"

// Forever is the time until which the house holds a seat.
var Forever = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Seat is one seat as the last change left it. A seat that was never touched has no record and is the zero Seat.
type Seat struct {
	ID      string
	Holder  string    // a visitor id in hex, or House and a label; it stays when the lock expires
	Until   time.Time // end of the lock, ms
	Paying  bool      // the lock is for a payment under way
	Order   string    // that took it; empty: it isn't taken
	Version int64     // counts changes, from 1
	// Changed is when it was last locked or given up, ms, by the writer's clock, or sold or given back at the time of
	// the Settlement; zero: unknown.
	Changed time.Time
}

// Status returns the seat's status at the time now. Here the expiry of a lock is compared for reading: nothing has to
// run for it.
func (s Seat) Status(now time.Time) Status {
	switch {
	case s.Order != "", s.housed():
		return Taken
	case s.Holder != "" && s.Until.After(now):
		return Locked
	}
	return Available
}

// Mark is what snapshots and messages say about a seat. A reader keeps the mark of the higher version, and takes a lock
// for ended when the clock reaches Until.
type Mark struct {
	Version int64  `json:"v"`
	Status  Status `json:"s"`
	Until   int64  `json:"u,omitempty"` // ms; of a locked seat
}

// Mark returns the seat's mark at the time now.
func (s Seat) Mark(now time.Time) Mark {
	m := Mark{Version: s.Version, Status: s.Status(now)}
	if m.Status == Locked {
		m.Until = s.Until.UnixMilli()
	}
	return m
}

func (s Seat) housed() bool { return strings.HasPrefix(s.Holder, House) }

// Free reports whether buyer may lock the seat at the time now: it is not taken, and nobody else has it locked. It
// compares the expiry of the lock, as the condition of the store's write does, which alone decides.
func (s Seat) Free(buyer string, now time.Time) bool {
	return s.Order == "" && (s.Holder == "" || s.Holder == buyer || !s.Until.After(now))
}

// Gone reports whether the seat is out of the sale for now: taken, or locked for a payment under way.
func (s Seat) Gone(now time.Time) bool {
	status := s.Status(now)
	return status == Taken || status == Locked && s.Paying
}

// Settlement is a sale of locked seats to their holder.
type Settlement struct {
	Zone, Buyer, Order string
	Seats              []string       // 1 to MaxPerBuyer, each once
	Limit              int            // seats that the buyer may have bought after it
	Types              Types          // of Seats
	MostAt             map[string]int // seats that the buyer may have bought at a price type after it; none: Limit
	At                 time.Time      // ms, when it was decided, for Seat.Changed; zero: unknown

	Mark    string   // the id of a release of some of the order's seats; empty: all that remain are released
	ToHouse []string // of the Seats of a release, those that go to the house under the label Returned
}

// Returned is the label under which the house keeps refunded seats.
const Returned = "returned"

// ReleasedBy returns the id under which this release is recorded, so that it happens once.
func (s Settlement) ReleasedBy() string {
	if s.Mark != "" {
		return s.Mark
	}
	return s.Order
}

// Store keeps seats and holds. Every method returns problem.Busy when the database is throttled or kept meeting other
// transactions: nothing was done then, and trying again is right. Other errors are problem.Internal or the context's,
// after which the change may have landed; repeating it is safe.
type Store interface {
	// Hold reads a buyer's hold consistently. It is the zero Hold of that zone and buyer if there was none yet.
	Hold(ctx context.Context, zone, buyer string) (Hold, error)

	// Lock makes p true in one transaction, on these conditions: the hold has its version; each seat of Keep and Take
	// is Free at p.Now; each seat of GiveUp is the buyer's and isn't taken. It returns problem.SeatTaken with the
	// seats that failed theirs, and problem.Conflict if the hold has changed: read it and plan again. A plan that was
	// stored already, by a write whose reply was lost, is success.
	Lock(ctx context.Context, p Plan) error

	// Settle takes the seats for the order in one transaction, if buyer is the holder of each (even if the lock has
	// expired) and none is taken, and adds them to the hold's Bought and BoughtAt, if Limit and MostAt allow it. It
	// returns problem.SeatTaken and problem.Limit. Seats that the order has taken already are success.
	Settle(ctx context.Context, s Settlement) error

	// Free makes seats of the order available again after a refund, or the house's, and takes them off the hold's
	// Bought and BoughtAt, in one transaction. It returns problem.SeatTaken with the seats that aren't the order's.
	// Repeating it is success.
	Free(ctx context.Context, s Settlement) error

	// Snapshot reads every seat of the section that was ever touched, sorted by id. It may show a transaction in part.
	Snapshot(ctx context.Context, zone, section string) ([]Seat, error)

	// House holds seats back under a label, or with release gives those of that label to the sale again, each on its
	// own. It returns the seats that it passed over: those locked, taken or held under another label at the time now,
	// or, for a release, not held under this one. It may be repeated.
	House(
		ctx context.Context, zone, label string, seats []string, release bool, now time.Time,
	) (passed []string, err error)
}

// TakenError returns the error that names the seats in the way.
func TakenError(seats []string) error {
	return &problem.Error{Code: problem.SeatTaken, Seats: seats}
}

// ChangedError returns the error of a hold that changed between reading and writing.
func ChangedError() error { return problem.New(problem.Conflict, "your seats changed meanwhile") }

// LimitError returns the error that says how many seats a buyer may have.
func LimitError(limit int) error {
	if limit == 1 {
		return problem.New(problem.Limit, "a buyer may have one seat")
	}
	return problem.New(problem.Limit, "a buyer may have %d seats", limit)
}
