// Package viewers owns who looks at which sections of a seat map, and how a change reaches them: at most one message a
// second to a section's viewers, and above the fan-out budget none at all, but the word to read the section's snapshot,
// which the CDN keeps for a second.
//
// Messages may come late, twice or never: every mark of a seat has its version, every lock its end, and a map that
// missed something catches up from the snapshot. So nothing here has to be done exactly once.
package viewers

import (
	"context"
	"errors"
	"time"

	"foyer/internal/seat"
)

// Bounds.
const (
	MaxSections = 16                          // that one connection may look at
	Every       = time.Second                 // between two messages to a section's viewers, at least
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

// Pace bounds what is sent, however many processes send. Its methods return problem.Busy as Store's do.
type Pace interface {
	// Take claims the section's next message for `by` at the time now, or tells how long that is too early: no two are
	// claimed within Every. A claim that had landed is success.
	Take(ctx context.Context, zone, section, by string, now time.Time) (wait time.Duration, err error)

	// Spend takes n messages from the budget of now's second for `by`, all or none. Repeating a call that had landed is
	// granted, and may spend twice.
	Spend(ctx context.Context, by string, n, budget int, now time.Time) (granted bool, err error)

	// Hush makes the section's audience quiet until then.
	Hush(ctx context.Context, zone, section string, until time.Time) error
}

// SeatsMessage tells a section's viewers what changed.
type SeatsMessage struct {
	Type    string               `json:"type"` // "seats"
	Section string               `json:"section"`
	At      int64                `json:"at"` // ms, when it was sent
	Seats   map[string]seat.Mark `json:"seats"`
}

// SnapshotMessage tells a section's viewers to read its snapshot by themselves, every second or two.
type SnapshotMessage struct {
	Type    string `json:"type"` // "snapshot"
	Section string `json:"section"`
	Until   int64  `json:"until"` // ms
}

// Changes is what is new in one section: the newest mark of each seat.
type Changes struct {
	Zone, Section string
	Seats         map[string]seat.Mark
}

// Add notes a mark; of two of a seat the higher version stays.
func (c *Changes) Add(id string, m seat.Mark) {
	if c.Seats == nil {
		c.Seats = map[string]seat.Mark{}
	}
	if had, found := c.Seats[id]; !found || had.Version < m.Version {
		c.Seats[id] = m
	}
}
