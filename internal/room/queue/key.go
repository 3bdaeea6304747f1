package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// VisitorID identifies one person in one zone: 128 bits, unguessable but not a secret.
type VisitorID [16]byte

// String is the id as 32 lower-case hex digits, the form it has in tokens.
func (v VisitorID) String() string { return hex.EncodeToString(v[:]) }

// ParseVisitorID reads the form that String writes, and nothing else.
func ParseVisitorID(s string) (VisitorID, error) {
	var v VisitorID
	if len(s) != 2*len(v) {
		return v, fmt.Errorf("visitor id has %d characters, not %d", len(s), 2*len(v))
	}
	if _, err := hex.Decode(v[:], []byte(s)); err != nil {
		return v, fmt.Errorf("visitor id: %w", err)
	}
	if v.String() != s {
		return v, fmt.Errorf("visitor id is not lower-case hex")
	}
	return v, nil
}

// Bounds of an order key's parts.
const (
	MaxPriority     = 15
	DefaultPriority = 8
	MaxLane         = 15
	MaxRank         = 1<<48 - 1
)

// Key is an order key: priority (4 bits), lane (4 bits), rank (48 bits, big endian), visitor id (128 bits). The
// bytewise lowest goes first. Its first 7 bytes are its Prefix, which is all that a place depends on.
type Key [23]byte

// NewKey builds an order key; parts over their bounds are clamped to them.
func NewKey(priority, lane int, rank uint64, visitor VisitorID) Key {
	var k Key
	priority, lane = min(max(priority, 0), MaxPriority), min(max(lane, 0), MaxLane)
	prefix := uint64(priority)<<52 | uint64(lane)<<48 | min(rank, MaxRank)
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], prefix)
	copy(k[:7], wide[1:])
	copy(k[7:], visitor[:])
	return k
}

// Prefix is priority, lane and rank as one number of 56 bits.
func (k Key) Prefix() uint64 {
	var wide [8]byte
	copy(wide[1:], k[:7])
	return binary.BigEndian.Uint64(wide[:])
}

// Visitor returns the visitor whose key it is.
func (k Key) Visitor() VisitorID { return VisitorID(k[7:]) }

// Compare orders keys: it is negative when k goes before other.
func (k Key) Compare(other Key) int { return bytes.Compare(k[:], other[:]) }

// Before returns the key right before k, which isn't the zero key.
func (k Key) Before() Key {
	for i := len(k) - 1; i >= 0; i-- {
		if k[i]--; k[i] != 0xFF {
			break
		}
	}
	return k
}

// IsZero reports whether k was never set; no visitor has the zero key.
func (k Key) IsZero() bool { return k == Key{} }

// String is the key as 46 lower-case hex digits, the form it has in the status.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey reads the form that String writes.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != 2*len(k) {
		return k, fmt.Errorf("order key has %d characters, not %d", len(s), 2*len(k))
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return k, fmt.Errorf("order key: %w", err)
	}
	return k, nil
}

// Shard returns the queue partition of a visitor, from 0 to shards-1. It depends on the visitor id alone, so that every
// key of a visitor lies in the same shard.
func (v VisitorID) Shard(shards int) int {
	if shards <= 1 {
		return 0
	}
	return int(binary.BigEndian.Uint32(v[:4]) % uint32(shards))
}
