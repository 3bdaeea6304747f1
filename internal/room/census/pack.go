package census

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds of what a visitor is sent. The edge's value of 1 KB is the limit that counts: with 64 knots, forty bursts of
// one millisecond each leave an error of 1.3 % of those waiting, with 128 one of 0.2 %, and no crowd one over 1 %.
const (
	MaxKnots = 128
	MaxText  = 900 // characters, so that the edge's value stays under 1 KB with its envelope
)

var errKnots = errors.New("census: knots don't rise")

// Pack writes the line as text: each knot as two differences from the one before (position, count), as base-128
// numbers, lowest digits first, in unpadded base64url. No knots are the empty text.
func (k Knots) Pack() string {
	var raw []byte
	var last Knot
	for _, knot := range k {
		raw = binary.AppendUvarint(raw, knot.At-last.At)
		raw = binary.AppendUvarint(raw, uint64(knot.Below-last.Below))
		last = knot
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Unpack reads what Pack writes.
func Unpack(text string) (Knots, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("census: knots are not base64url: %w", err)
	}
	var knots Knots
	var last Knot
	for len(raw) > 0 {
		var dx, dy uint64
		if dx, raw, err = number(raw); err != nil {
			return nil, err
		}
		if dy, raw, err = number(raw); err != nil {
			return nil, err
		}
		next := Knot{At: last.At + dx, Below: last.Below + int(dy)}
		if err := next.follows(last, len(knots)); err != nil {
			return nil, err
		}
		knots, last = append(knots, next), next
	}
	return knots, nil
}

// follows returns an error unless n keeps what Knots promises of its index-th knot.
func (n Knot) follows(last Knot, index int) error {
	switch {
	case n.Below < last.Below, index == 0 && n.Below != 0, index > 0 && n.At <= last.At:
		return errKnots
	}
	return nil
}

func number(raw []byte) (uint64, []byte, error) {
	n, size := binary.Uvarint(raw)
	if size <= 0 {
		return 0, nil, errKnots
	}
	return n, raw[size:], nil
}
