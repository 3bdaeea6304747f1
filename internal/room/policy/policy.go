// Package policy makes the order key from what is known of a visitor. It alone knows how the policies order people;
// everything else compares keys.
//
// First come first served ranks by arrival. A presale draw puts visitors who arrived before the opening, and registered
// within its grace, in lane 0, ranked by HMAC(seed, visitor id); everybody else follows in lane 1 by arrival.
package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// The lanes of a draw. First come first served has lane 0 only.
const (
	LaneFirst = 0 // first come first served; in a draw: the visitors drawn
	LaneAfter = 1 // in a draw: everybody else
)

// Choice is the place that a visitor may take.
type Choice struct {
	// Key is the place to take by one write. It is the zero key when Kept must be looked up first.
	Key queue.Key
	// Kept is a place in a draw that is over: it may be taken again only where it, or its marker, exists. The zero key: no
	// such place. Without a marker the visitor takes Otherwise.
	Kept      queue.Key
	Otherwise queue.Key
}

// Choose decides where visitor v may register at the time now. Seed is the draw's, as lower-case hex; it is not used
// by the other policies.
func Choose(v token.Visitor, s zone.Settings, seed string, now time.Time) Choice {
	keys := Keys(v, s, seed)
	switch {
	case len(keys) == 1:
		return Choice{Key: keys[0]}
	case now.Before(s.ExchangeFrom()):
		return Choice{Key: keys[0]}
	}
	return Choice{Kept: keys[0], Otherwise: keys[1]}
}

// Keys returns every order key that visitor v can have in the zone, the best first: one, or two for a visitor who
// arrived before the opening of a draw.
func Keys(v token.Visitor, s zone.Settings, seed string) []queue.Key {
	arrived := uint64(max(v.Arrived.UnixMilli(), 0))
	if s.Policy != zone.Draw {
		return []queue.Key{queue.NewKey(v.Priority, LaneFirst, arrived, v.ID)}
	}
	after := queue.NewKey(v.Priority, LaneAfter, arrived, v.ID)
	if !v.Arrived.Before(s.OpensAt) {
		return []queue.Key{after}
	}
	return []queue.Key{queue.NewKey(v.Priority, LaneFirst, Rank(seed, v.ID), v.ID), after}
}

// Rank is a visitor's rank in a draw: the first 48 bits of HMAC-SHA256 with the seed's hex text as key and the
// visitor id's hex text as message, so that a page can compute it with strings alone.
func Rank(seed string, v queue.VisitorID) uint64 {
	mac := hmac.New(sha256.New, []byte(seed))
	mac.Write([]byte(v.String()))
	return binary.BigEndian.Uint64(mac.Sum(nil)[:8]) >> 16
}

// Commit is the commitment to a draw's seed that is published before the sale: hex SHA-256(zone ‖ seed hex).
func Commit(zoneName, seed string) string {
	sum := sha256.Sum256([]byte(zoneName + seed))
	return hex.EncodeToString(sum[:])
}

// Drawn reports whether key is a place in a draw, which only a marker can give back once the draw is over.
func Drawn(s zone.Settings, key queue.Key) bool {
	return s.Policy == zone.Draw && key.Lane() == LaneFirst
}

// Settled reports whether, without the whole log, it is certain that the visitor of key, which is above every key
// called, was never called. It isn't for a visitor of a draw who arrived before the opening but has a place after the
// draw: the visitor may have been called under the better key.
func Settled(s zone.Settings, key queue.Key) bool {
	return s.Policy != zone.Draw || key.Lane() == LaneFirst || key.Rank() >= uint64(max(s.OpensAt.UnixMilli(), 0))
}
