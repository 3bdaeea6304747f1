// Package census counts a zone's queue, so that everybody can work out their own place without asking.
//
// It owns the line through at most 128 knots that stands for the cumulative count of order keys, its packed form, and
// the runner that counts the zones in turn. A place read from it is an estimate that no decision may rest on: the
// exchange decides who is next, from the keys themselves.
//
// The line runs over positions, the first 8 bytes of an order key as a number: its prefix, which is all that policies
// decide by, and the first byte of the visitor id, which separates visitors who arrived in the same millisecond.
//
// Every entry of the queue is counted, also those of visitors who were called and have not claimed yet, and of visitors
// inside whose entry a crash left behind: all of them lie at or below the zone's called key, and a place subtracts what
// lies there.
package census

import (
	"encoding/binary"
	"math"

	"foyer/internal/room/queue"
)

// Knot is a point of the line: Below people wait at positions lower than At.
type Knot struct {
	At    uint64
	Below int
}

// Knots is the line: positions rise strictly, counts never fall, and the first knot has nobody below it. Outside,
// the line is flat. No knots: nobody waits.
type Knots []Knot

// Below is how many waited with an order key lower than key, by the line.
func (k Knots) Below(key queue.Key) int { return k.at(Position(key), math.Floor) }

// UpTo is how many waited with an order key up to and including key, by the line; nobody for the zero key.
func (k Knots) UpTo(key queue.Key) int {
	if key.IsZero() {
		return 0
	}
	return k.at(Position(key), math.Ceil)
}

// Total is how many waited.
func (k Knots) Total() int {
	if len(k) == 0 {
		return 0
	}
	return k[len(k)-1].Below
}

// Place is the place of the visitor with this key, from 1: one more than those still waiting with a lower key, once
// those up to called are taken off.
func (k Knots) Place(key, called queue.Key) int {
	return 1 + max(0, k.Below(key)-k.UpTo(called))
}

// Position is where a key lies under the line: its first 8 bytes, big endian.
func Position(key queue.Key) uint64 { return binary.BigEndian.Uint64(key[:8]) }

// at reads the line in the middle of position x, so that of the visitors who share it half are below. The arithmetic is
// that of places.js, operation for operation, so that both give the same.
func (k Knots) at(x uint64, round func(float64) float64) int {
	var last Knot
	for _, next := range k {
		if x < next.At {
			return last.Below + int(round(float64(next.Below-last.Below)*(float64(x-last.At)+0.5)/float64(next.At-last.At)))
		}
		last = next
	}
	return last.Below
}
