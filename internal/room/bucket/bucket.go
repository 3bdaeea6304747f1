// Package bucket owns a zone's leaky bucket: at most `capacity` live grants, filled at most at `rate` per minute.
//
// The bucket is a log of pages. Only appending the next page adds grants, and a page can be appended once, so any
// number of exchangers and admitters is exact without a counter, a fence or a lock. A grant only ever moves
// forward: reserved → inside → left or expired; or reserved → missed. The package decides purely, from pages and a
// time; the log's stores do the conditional writes.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"foyer/internal/room/queue"
)

// PageSize is the most grants a page holds, so that the page stays under 1 KB: one write unit.
const PageSize = 12

// State is where a grant stands.
type State byte

// The states of a grant. Reserved and Inside are live; the others are final.
const (
	Reserved State = 'r' // called, may claim
	Inside   State = 'i' // claimed, holds the zone open for its visitor
	Left     State = 'l' // gave the slot back, or bought
	Expired  State = 'e' // the session ended
	Missed   State = 'm' // did not claim, or was not there
)

// Live reports whether a grant in this state takes a slot.
func (s State) Live() bool { return s == Reserved || s == Inside }

// Grant is one visitor's slot in the bucket.
type Grant struct {
	Key   queue.Key
	State State
	// Until is the end of the claim window (reserved) or of the session (inside), ms; in a final state it is the
	// moment of the ending.
	Until time.Time
	// Conn is the connection to notify while the grant is reserved, empty when there is none; and for a visitor inside
	// what package admit keeps of the networks that they come from.
	Conn string
}

// Page is one entry of the log.
type Page struct {
	Number int64     // from 1, without gaps
	At     time.Time // when it was appended, ms
	// Called is the highest order key called by this page and all before it, so that it needs no item of its own.
	Called  queue.Key
	Grants  []Grant // 1 to PageSize; its length and its keys never change
	LetIn   int     // the slots, as bits, whose grants began inside; it never changes
	By      string  // by whom it was appended, in a few characters; it never changes
	Changes int64   // counts the writes that changed grants
}

// Stand is how a page stands: two looks with the same number of changes saw the same grants.
type Stand struct{ Number, Changes int64 }

// Ref addresses a grant: its page and its slot in it, from 0.
type Ref struct {
	Page int64
	Slot int
}

// String is the form "page.slot" that tokens and messages carry.
func (r Ref) String() string { return fmt.Sprintf("%d.%d", r.Page, r.Slot) }

// IsZero reports whether r was never set; pages count from 1.
func (r Ref) IsZero() bool { return r.Page == 0 }

// ParseRef reads the form that String writes, and nothing else.
func ParseRef(s string) (Ref, error) {
	var r Ref
	_, err := fmt.Sscanf(s, "%d.%d", &r.Page, &r.Slot)
	if err != nil || r.String() != s || r.Page < 1 || r.Slot < 0 || r.Slot >= PageSize {
		return Ref{}, fmt.Errorf("grant reference %.20q is not page.slot", s)
	}
	return r, nil
}

// ErrPageExists says that somebody else appended the page first: read again from there.
var ErrPageExists = errors.New("bucket: the page exists already")

// StateError says that a grant was not in the state that the change required. It carries the grant as it stands.
type StateError struct{ Grant Grant }

func (e *StateError) Error() string {
	return fmt.Sprintf("bucket: the grant is in state %q", string(e.Grant.State))
}

// Change is one conditional step of one grant: from the state as read (and from the time and the connection, where they
// are given) to the new one.
type Change struct {
	Ref       Ref
	Key       queue.Key // the grant must be this visitor's
	From      State
	FromUntil time.Time // zero: any
	FromConn  *string   // nil: any
	To        State
	Until     time.Time
	Conn      *string // nil: unchanged
}

// Of names one zone's log. Its pages lie in as many partitions as Shards says (page number mod Shards), fixed when the
// zone is made.
type Of struct {
	Zone   string
	Shards int
}

// Log is the store of pages.
type Log interface {
	// Read returns every page from number `from` on, in order, by consistent reads. A page appended while it reads
	// may be missing at the end, never in the middle.
	Read(ctx context.Context, of Of, from int64) ([]Page, error)

	// Stands is Read for how pages stand, which is quicker to take in than all that they hold.
	Stands(ctx context.Context, of Of, from int64) ([]Stand, error)

	// ReadBack returns up to limit pages with numbers below before, newest first, by consistent reads; before 0 starts at
	// the newest.
	ReadBack(ctx context.Context, of Of, before int64, limit int) ([]Page, error)

	// Get reads one page consistently; found is false when there is none, and p has no grants then.
	Get(ctx context.Context, of Of, number int64) (p Page, found bool, err error)

	// Append adds p, atomically and only if no page has its number. It returns ErrPageExists when one has it, except when
	// that page is this very one: a retried write whose first attempt landed is success.
	Append(ctx context.Context, of Of, p Page) error

	// Apply makes all changes of one page in one conditional write: all or none, and counts it. Changes whose grants
	// stand already exactly as asked, as after a retried write whose first attempt landed, are success. When a condition
	// fails it returns a *StateError with the first grant that stood in the way.
	Apply(ctx context.Context, of Of, changes ...Change) error
}
