// Package viewers owns who looks at which sections of a seat map, and how changes reach them: at most one message a
// second to a connection, of all that changed in the sections that it looks at; and above the fan-out budget none at
// all, but the word to read a section's snapshot, which the CDN keeps for a second.
//
// A zone has one turn a second. Whoever is told of changes takes it, and if it has to wait for it, tells what others
// were told of meanwhile as well; so nobody else waits, and what is told is as it stands when the turn has come.
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
	QuietFor    = 30 * time.Second            // how long maps are told to read the snapshot by themselves
	Budget      = 4000                        // messages a second, of the 10,000 requests that API Gateway gives an account
)

// ErrUnknown says that a connection may not look at seats: it wasn't opened for that, or too long ago.
var ErrUnknown = errors.New("viewers: the connection was not opened for a map")

// Audience is who looks at a section.
type Audience struct {
	Conns []string  // in order
	Quiet time.Time // until then they read the snapshot by themselves; zero: they don't
}

// Store keeps views. All its methods return problem.Busy when the database is throttled.
type Store interface {
	// Open lets a connection look at the zone's sections from now on, for Life. Repeating it changes nothing.
	Open(ctx context.Context, zone, conn string, at time.Time) error

	// View makes exactly these sections those that the connection looks at, in one transaction, and gives its zone. A
	// view that is older than the one that stands changes nothing. It returns ErrUnknown.
	View(ctx context.Context, conn string, sections []string, at time.Time) (zone string, err error)

	// Of reads who looks at a section at the time now. A view may be missing for a moment after it was made.
	Of(ctx context.Context, zone, section string, now time.Time) (Audience, error)

	// Gone forgets that a connection looks at a section. Repeating it does no harm.
	Gone(ctx context.Context, zone, section, conn string) error
}

// Turn is a zone's turn that was taken.
type Turn struct {
	Last  time.Time            // when the one before was; zero: there was none; its own time, if taking it was repeated
	Noted map[string]time.Time // the sections in which something changed, ever, and when that was noted last
}

// WaitFor is how much longer than until its turn somebody is believed to be waiting.
const WaitFor = 3 * time.Second

// Pace bounds what is sent, however many processes send. Its methods return problem.Busy as Store's do.
type Pace interface {
	// Take takes the zone's turn for `by` at the time now and notes that sections changed. It fails, and notes nothing,
	// when the last turn is less than Every ago, or somebody else waits for this one. A turn that had landed is
	// success.
	Take(ctx context.Context, zone, by string, sections []string, now time.Time) (t Turn, taken bool, err error)

	// Wait notes that sections changed, and says until when the next turn is to be waited for: by `by` (mine), or else
	// by somebody who waits already and will take a turn that knows of the note.
	Wait(ctx context.Context, zone, by string, sections []string, now time.Time) (wait time.Duration, mine bool, err error)

	// Spend takes n messages from the budget of now's second for `by`, all or none. Repeating a call that had landed is
	// granted, and may spend twice.
	Spend(ctx context.Context, by string, n, budget int, now time.Time) (granted bool, err error)

	// Hush makes the section's audience quiet until then.
	Hush(ctx context.Context, zone, section string, until time.Time) error
}

// Seats reads sections as they stand; seat.Store is one.
type Seats interface {
	Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error)
}

// SeatsMessage tells a viewer what changed in the sections that it looks at.
type SeatsMessage struct {
	Type     string                          `json:"type"` // "seats"
	At       int64                           `json:"at"`   // ms, when it was gathered
	Sections map[string]map[string]seat.Mark `json:"sections,omitempty"`
	Read     []string                        `json:"read,omitempty"` // sections in which too much changed: read their snapshots
}

// SnapshotMessage tells a section's viewers to read its snapshot by themselves, every second or two.
type SnapshotMessage struct {
	Type    string `json:"type"` // "snapshot"
	Section string `json:"section"`
	Until   int64  `json:"until"` // ms
}

// Changes is what is new in a zone: the newest mark of each seat, by section.
type Changes struct {
	Zone     string
	Sections map[string]map[string]seat.Mark
	// Oldest is when the oldest of the changes was made; zero: nobody knows.
	Oldest time.Time
}

// Add notes a seat as it is after a change, at the time now; of two of a seat the higher version stays.
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
	if had, found := marks[s.ID]; !found || had.Version < s.Version {
		marks[s.ID] = s.Mark(now)
	}
}
