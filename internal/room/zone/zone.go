// Package zone owns what a protected zone is: its settings, its public status, and the rules by which it opens,
// pauses and closes. It decides from values it is given and never reads a clock or a database.
package zone

import (
	"context"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
)

// maxName is the longest name of a zone, bytes.
const maxName = 32

// IsName reports whether s can be the name of a zone: 1 to 32 of a–z, 0–9 and -, not starting with -. A name stands in
// paths, cookie names and keys. It is no regular expression, since one would be compiled at every cold start.
func IsName(s string) bool {
	if s == "" || len(s) > maxName || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// State is the zone's life as its operator set it.
type State string

// The states of a zone. Scheduled becomes Open by itself at OpensAt; sold out is Open with no seats left.
const (
	Scheduled State = "scheduled"
	Open      State = "open"
	Paused    State = "paused"
	Closed    State = "closed"
)

// Policy names how the order key is made.
type Policy string

// The policies.
const (
	FirstCome   Policy = "first-come"
	Draw        Policy = "draw"        // presale draw: commit and reveal
	Reject      Policy = "reject"      // nobody enters, nobody waits
	Passthrough Policy = "passthrough" // everybody enters
)

// FailMode is what the edge does when it has no state of the zone, or one that it can't read.
type FailMode string

// The fail modes.
const (
	FailClosed FailMode = "closed" // the waiting room
	FailOpen   FailMode = "open"   // let through
)

// Settings is what an operator decides about a zone.
type Settings struct {
	Zone    string
	Version int64 // counts changes, from 1
	Title   string

	State    State
	OpensAt  time.Time // ms; may only be moved later once set
	Policy   Policy
	Capacity int           // live grants, 0 to 20,000 × GrantShards
	Rate     int           // entries a minute, 1 to 1,000,000
	Window   time.Duration // claim window, 5 s to 10 min
	Session  time.Duration // how long a grant lives inside, 30 s to 12 h
	Renews   bool          // whether activity inside renews the session
	MaxVisit time.Duration // hard limit of a renewed session; 0: 4 × Session

	SeatsPerBuyer int           // 1 to 8
	SeatFactor    float64       // admission never runs ahead of seats left × this; 0: off
	SaleEnded     bool          // nobody chooses seats or starts an order any more, not even visitors inside
	PayFor        time.Duration // from checking out to the end of paying, 30 s to 30 min; 0: 15 min

	QueueShards int      // queue partitions, 1 to 256, fixed when made
	GrantShards int      // grant partitions, 1 to 16, fixed when made
	FailMode    FailMode // what the edge does without a state it can read

	// Revoked names the batches of invites that no longer count, in order, with one space between; at most MaxRevoked.
	Revoked string

	// Probe is an address at the site that answers 2xx while the site is well: while it doesn't, the zone is paused by
	// itself. Empty: nobody looks. PausedByProbe says that the present pause came so, and ends so.
	Probe         string
	PausedByProbe bool

	// Clearing says that everything of the zone is being removed, and why. The zone is closed meanwhile, and ticks by
	// nobody.
	Clearing Clearing

	// DrawNumber numbers the seeds of a draw: under another number it has another seed.
	DrawNumber int

	// LetThrough drops the queue in an emergency, whatever State says: everybody goes on to the protected site without
	// a grant, and nobody is called. Places are kept, and the line goes on where it stood when it is false again.
	LetThrough bool
}

// Clearing is why everything of a zone is being removed.
type Clearing string

// The reasons to clear a zone.
const (
	Resetting Clearing = "reset"  // it is used again
	Deleting  Clearing = "delete" // it is over
)

// Queue names the zone's queue in a queue.Store.
func (s Settings) Queue() queue.Of { return queue.Of{Zone: s.Zone, Shards: s.QueueShards} }

// Grants names the zone's log of grants in a bucket.Log.
func (s Settings) Grants() bucket.Of { return bucket.Of{Zone: s.Zone, Shards: s.GrantShards} }

// Status is the zone's small public state, as the exchanger last wrote it. The relay carries it to the edge.
type Status struct {
	Zone    string
	Version int64 // counts changes, from 1
	At      time.Time

	State     State // what visitors see: Scheduled until OpensAt, then Open, and so on
	Direct    bool  // there is room and nobody waits: visitors may go straight to the admitter
	SoldOut   bool
	Called    queue.Key // the order key up to which visitors were called
	Live      int       // grants reserved or inside
	Inside    int
	Waiting   int    // by the last census, less those called since it
	SeatsLeft int    // -1: the zone sells no seats
	RateLow   int    // how slow the line may well go, visitors a minute, by bucket.Measured
	RateHigh  int    // how fast
	Seed      string // hex; empty until the draw is revealed
	Commit    string // hex SHA-256(zone ‖ seed); empty when there is no draw
	Floor     int64  // oldest log page that still matters, a hint for reading

	// Idle reports that nobody uses the zone: it is looked at rarely, and who registers wakes it.
	Idle bool

	// Overcalled reports that far more were called than can be let in at once, since most don't come: a visitor who
	// claims late is called anew.
	Overcalled bool

	Census Census
}

// Census is a count of the queue, from which everybody can work out their own place.
type Census struct {
	At       time.Time // when the counting began, ms; zero: never counted
	Total    int       // people waiting then
	Knots    string    // the cumulative count over order keys, packed; see package census
	Duration time.Duration
}

// MaxSkew is how far the clocks of two runs may be apart. Beyond that two may lead at once, which does no harm.
const MaxSkew = 5 * time.Second

// Lease is which run of a loop leads, and when it last asked, by its own clock, ms.
type Lease struct {
	Owner string
	Beat  time.Time
}

// Store keeps settings, event, status, census and lease of every zone, each in an item of its own.
type Store interface {
	event.Store

	// Settings reads one zone's settings consistently. It returns problem.UnknownZone when there are none.
	Settings(ctx context.Context, zone string) (Settings, error)

	// List returns the settings of every zone, eventually consistent, in name order.
	List(ctx context.Context) ([]Settings, error)

	// SaveSettings writes s if the stored version is still s.Version-1 (0 for a new zone), in one conditional
	// write; otherwise it returns problem.Conflict. Repeating a write that landed is success.
	SaveSettings(ctx context.Context, s Settings) error

	// Remove removes everything that this store keeps of a zone that is being deleted, its settings last and only while
	// they are s; otherwise it returns problem.Conflict. A zone that isn't there is success.
	Remove(ctx context.Context, s Settings) error

	// Status reads one zone's status consistently; a zone that has none yet gives the zero Status of that zone.
	Status(ctx context.Context, zone string) (Status, error)

	// SaveStatus writes s, without its census, if the stored version is still s.Version-1; otherwise it returns
	// problem.Conflict. Repeating a write that landed is success.
	SaveStatus(ctx context.Context, s Status) error

	// SaveCensus writes the census if it is newer than the stored one; an older one is dropped without error.
	SaveCensus(ctx context.Context, zone string, c Census) error

	// Lease makes run the owner of the named lease ("exchange", "census") at the time now if it started later than the
	// present owner, or is the owner already, or if the present owner's start is MaxSkew or more after now: a clock
	// that runs ahead keeps nobody out. It returns the lease as it stands after the call. Leases wake no stream reader.
	Lease(ctx context.Context, name, run string, started, now time.Time) (Lease, error)
}
