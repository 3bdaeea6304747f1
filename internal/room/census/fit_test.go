package census_test

import (
	"testing"

	"foyer/internal/room/census"
)

// As many as the text holds are counted exactly: 127 positions make 128 knots, and far ones 900 characters.
func TestTheLongestLinesAreExact(t *testing.T) {
	var near, far []uint64
	for i, at := uint64(0), uint64(0); i < 127; i++ {
		at += 2 + i*i%7
		near = append(near, at)
	}
	for i, at := uint64(0), uint64(0); i < 100; i++ {
		gap := uint64(1)<<29 + i*i%7<<20 // five digits
		if i < 73 {
			gap <<= 7 // six
		}
		at += gap
		far = append(far, at)
	}
	for name, c := range map[string]struct {
		positions  []uint64
		knots, len int
	}{"near": {near, 128, 342}, "far": {far, 101, 900}} {
		if k := census.Fit(c.positions); len(k) != c.knots || len(k.Pack()) != c.len {
			t.Errorf("%s: %d knots of %d characters", name, len(k), len(k.Pack()))
		}
	}
}
