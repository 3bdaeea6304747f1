package relay

import (
	"context"
	"errors"
)

// ErrConflict says that the edge's store changed since its version was read: read again.
var ErrConflict = errors.New("relay: the edge's store has changed meanwhile")

// ErrBehind says that the edge holds a later version of a zone than the table, which seems to have been put back.
// Trying again won't help: an operator has to take the zone's values out of the edge's store.
var ErrBehind = errors.New("relay: the edge is ahead of the table")

// MaxValue is the most bytes that one value of the edge's store holds.
const MaxValue = 1024

// maxKeys is the most keys that one write of the edge's store changes.
const maxKeys = 50

// Store is the edge's key-value store: one for all zones, replicated to every edge within seconds.
type Store interface {
	// Version is the compare-and-swap token of the whole store: it changes with every write.
	Version(ctx context.Context) (version string, err error)

	// Get reads one value; found is false when the store does not have the key.
	Get(ctx context.Context, key string) (value string, found bool, err error)

	// Put writes all values or none, where an empty one takes its key away, and only if the store is still at that
	// version; otherwise it returns ErrConflict. It returns the version that the store has now. A write whose reply is
	// lost may have landed: then the next one conflicts and, after reading again, has nothing left to write.
	Put(ctx context.Context, version string, values map[string]string) (next string, err error)
}
