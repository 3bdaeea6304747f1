// Package viewers owns the viewers of each section of a seat map, and how changes reach them: at most one message a
// second to a connection, with all that changed in the sections that it looks at. Above the fan-out budget a section is
// hushed: its viewers are asked to read its snapshot, which the CDN keeps for a second, and get no changes.
//
// A zone has one turn a second. A call with changes takes the turn. If it must wait, it also delivers what other calls
// noted meanwhile, so only one call waits and viewers get the state as of the turn.
//
// Messages may come late, twice or never: every mark of a seat has its version, every lock its end, and a map that
// missed something catches up from the snapshot. So nothing here has to be done exactly once.
package viewers

import (
	"context"
	"errors"
	"time"

	"foyer/internal/sale/seat"
)

// Bounds.
const (
	MaxSections = 16                          // that one connection may look at
	MaxMarks    = 500                         // of a section in one message; where more changed, its snapshot is read
	Every       = time.Second                 // between two turns of a zone, at least
	Life        = 2*time.Hour + 5*time.Minute // of a view: a little longer than a connection
	QuietFor    = 30 * time.Second            // how long a section is hushed
	Budget      = 4000                        // messages a second, of an account's 10,000 requests at API Gateway

	// A connection may change its view so many times at once, and once in so long from then on. Maps wait a moment after
	// each move of the hand.
	ViewBurst, ViewEvery = 60, time.Second
)

// ErrUnknown means that a connection may not look at seats: it wasn't opened for that, or too long ago.
var ErrUnknown = errors.New("viewers: the connection was not opened for a map")

// ErrFlood means that a connection changes its view more often than anybody's hand moves a map. It is closed for that.
var ErrFlood = errors.New("viewers: the connection floods")

// Paced is one step of a GCRA (ITU-T I.371): it returns the virtual clock of a connection after a change at that time,
// and whether the change comes too early.
func Paced(clock, at time.Time) (next time.Time, flood bool) {
	if clock.Before(at) {
		clock = at
	}
	next = clock.Add(ViewEvery)
	return next, next.Sub(at) > ViewBurst*ViewEvery
}

// Closer closes connections. Closing one that is gone does nothing.
type Closer interface {
	Close(ctx context.Context, conn string) error
}

// Audience is the viewers of a section.
type Audience struct {
	Conns []string  // in order
	Quiet time.Time // until when the section is hushed; zero: it isn't
}

// Store keeps views. All its methods return problem.Busy when the database is throttled.
type Store interface {
	// Open lets a connection look at the zone's sections from at on, for Life. Repeating it changes nothing.
	Open(ctx context.Context, zone, conn string, at time.Time) error

	// View makes exactly these sections those that the connection looks at, in one transaction, and returns its zone. A
	// view that is older than the stored one changes nothing. It returns ErrUnknown, and ErrFlood
	// by Paced, to which a repetition is no step.
	View(ctx context.Context, conn string, sections []string, at time.Time) (zone string, err error)

	// Of returns the viewers of a section at the time now. A view may be missing for a moment after it was made.
	Of(ctx context.Context, zone, section string, now time.Time) (Audience, error)

	// Gone forgets that a connection looks at a section. It may be repeated.
	Gone(ctx context.Context, zone, section, conn string) error
}

// Turn is a zone's turn that was taken.
type Turn struct {
	Last  time.Time            // of the turn before; zero: there was none; its own time, if taking it was repeated
	Noted map[string]time.Time // every section in which something ever changed, and when that was noted last
}

// WaitFor is how long after its turn a call is still believed to be waiting for it.
const WaitFor = 3 * time.Second

// Pace bounds what is sent, however many processes send. Its methods return problem.Busy as Store's do.
type Pace interface {
	// Take takes the zone's turn for `by` at the time now and notes that sections changed. If the last turn is less than
	// Every ago, or another call waits for this one, it takes and notes nothing. A turn that was taken already, by a
	// write whose reply was lost, is success.
	Take(ctx context.Context, zone, by string, sections []string, now time.Time) (t Turn, taken bool, err error)

	// Wait notes that sections changed, and returns how long to wait for the next turn, and whether it is `by` that
	// waits for it. If not, another call waits already and will take a turn that includes the note.
	Wait(ctx context.Context, zone, by string, sections []string, now time.Time) (wait time.Duration, mine bool, err error)

	// Spend takes n messages from the budget of now's second for `by`, all or none. A repeated call is granted if the
	// first one was, and may spend twice.
	Spend(ctx context.Context, by string, n, budget int, now time.Time) (granted bool, err error)

	// Hush hushes the section until then.
	Hush(ctx context.Context, zone, section string, until time.Time) error
}

// Seats reads sections as they stand; seat.Store is one.
type Seats interface {
	Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error)
}

// SeatsMessage is what changed in the sections that a viewer looks at.
type SeatsMessage struct {
	Type     string                          `json:"type"` // "seats"
	At       int64                           `json:"at"`   // ms, when it was gathered
	Sections map[string]map[string]seat.Mark `json:"sections,omitempty"`
	Read     []string                        `json:"read,omitempty"` // sections of too many changes: read their snapshots
}

// SnapshotMessage asks a section's viewers to read its snapshot by themselves, every second or two.
type SnapshotMessage struct {
	Type    string `json:"type"` // "snapshot"
	Section string `json:"section"`
	Until   int64  `json:"until"` // ms
}

// Changes is what is new in a zone: the newest mark of each seat, by section.
type Changes struct {
	Zone     string
	Sections map[string]map[string]seat.Mark
	// Oldest is when the oldest of the changes was made; zero: unknown.
	Oldest time.Time
}

// Add adds a seat as it is after a change, at the time now; of two changes of a seat the higher version stays.
func (c *Changes) Add(section string, s seat.Seat, now time.Time) {
	if c.Sections == nil {
		c.Sections, c.Oldest = map[string]map[string]seat.Mark{}, s.Changed
	}
	if s.Changed.Before(c.Oldest) {
		c.Oldest = s.Changed
	}
	if c.Sections[section] == nil {
		c.Sections[section] = map[string]seat.Mark{}
	}
	mark(c.Sections[section], s, now)
}

func mark(marks map[string]seat.Mark, s seat.Seat, now time.Time) {
	if old, found := marks[s.ID]; !found || old.Version < s.Version {
		marks[s.ID] = s.Mark(now)
	}
}
