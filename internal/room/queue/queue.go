// Package queue owns a zone's queue: the order key that decides who is next, and the store that keeps the places.
//
// The order key alone carries the policy: the queue compares keys and never asks how they were made. The package never
// reads a clock, a network or a database.
package queue

import (
	"context"
	"time"
)

// Entry is one registered visitor's place. It stays until the visitor claims, leaves or misses.
type Entry struct {
	Key          Key
	Conn         string    // WebSocket connection id; empty: registered over HTTP only
	ConnAt       time.Time // when that connection was made, ms; zero without one
	RegisteredAt time.Time // when the place was first guaranteed, ms
	AskedAt      time.Time // when the visitor last asked to be let in, ms; zero: never
}

// Of names one zone's queue. Shards is its number of partitions, fixed when the zone is made.
type Of struct {
	Zone   string
	Shards int
}

// Store keeps the places of every zone, sharded by visitor id. Every method is one request to the database, or pages of
// one read.
type Store interface {
	// Register guarantees e's place by one conditional write and returns the entry as it stands. Repeating it
	// changes nothing but the connection, and that only when e.Conn is set and e.ConnAt is later than the one
	// stored; an older or repeated registration is no error. RegisteredAt never changes once written. An e.AskedAt
	// that is set, which needs an e without a connection, is kept in the place of the one stored.
	Register(ctx context.Context, of Of, e Entry) (Entry, error)

	// Reconnect is Register for a place that must exist already: it creates nothing, and reports whether the
	// place is there.
	Reconnect(ctx context.Context, of Of, e Entry) (found bool, err error)

	// Head reads up to limit entries of one shard, from 0, with keys greater than after, in key order, consistently.
	// The zero key reads from the start.
	Head(ctx context.Context, zone string, shard int, after Key, limit int) ([]Entry, error)

	// Get reads one place consistently; found is false when there is none.
	Get(ctx context.Context, of Of, key Key) (e Entry, found bool, err error)

	// Remove deletes a place, whatever its connection. Deleting what is gone is no error.
	Remove(ctx context.Context, of Of, key Key) error

	// RemoveConn deletes a place only while its connection is still conn (which may be empty), and reports whether
	// the place is gone after that: false for a visitor who reconnected meanwhile and keeps the place. Deleting what
	// is gone is success, and so is a retried delete whose first attempt landed.
	RemoveConn(ctx context.Context, of Of, key Key, conn string) (gone bool, err error)

	// Scan calls visit with the keys of one shard, markers included, in batches, in key order, eventually consistent,
	// cheap enough for the census. visit must not keep the slice.
	Scan(ctx context.Context, zone string, shard int, visit func([]Key) error) error
}
