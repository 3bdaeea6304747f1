package census

import (
	"iter"
	"math"
	"slices"
	"sort"
)

// Fit draws the line through the positions of everybody who waits; it sorts them in place. Up to 127 different ones are
// counted exactly, as far as the text holds them (some 75 ranks of a draw). Beyond, it is the line with the smallest
// error that a cone search finds within MaxKnots and MaxText. It takes about 25 passes over the positions.
func Fit(positions []uint64) Knots {
	slices.Sort(positions)
	if exact := through(positions); fits(exact) {
		return exact
	}
	tolerance := 1 + sort.Search(len(positions)-1, func(i int) bool { return fits(within(positions, i+1)) })
	return within(positions, tolerance)
}

func fits(k Knots) bool { return len(k) <= MaxKnots && len(k.Pack()) <= MaxText }

// point is where the line must pass: between low and high, give or take the tolerance.
type point struct {
	x         uint64
	low, high int
	last      bool
}

// points yields the corners of the cumulative count. Visitors who share a position rise over its width. A visitor alone
// at a position is at the foot of the step, and the step's head is left to the next corner.
func points(sorted []uint64) iter.Seq[point] {
	return func(yield func(point) bool) {
		n := len(sorted)
		for i := 0; i < n; {
			p, j := clamp(sorted[i]), i+1
			for j < n && clamp(sorted[j]) == p {
				j++
			}
			if !yield(point{x: p, low: i, high: i}) {
				return
			}
			alone := j == i+1 || j < n && sorted[j] == p+1
			if !alone && j < n && !yield(point{x: p + 1, low: j - 1, high: j}) {
				return
			}
			i = j
		}
		if n > 0 {
			yield(point{x: clamp(sorted[n-1]) + 1, low: n, high: n, last: true})
		}
	}
}

// clamp leaves room for the end of the last position's width.
func clamp(position uint64) uint64 { return min(position, math.MaxUint64-1) }

// through puts a knot on every corner; it gives up, with one too many, beyond MaxKnots.
func through(sorted []uint64) Knots {
	var knots Knots
	for p := range points(sorted) {
		if knots = append(knots, Knot{p.x, p.high}); len(knots) > MaxKnots {
			break
		}
	}
	return knots
}

// within draws a line that passes every corner within the tolerance (and half a place, since counts at knots are
// whole). From each knot it keeps the cone of all lines that passed so far, and sets the next knot where the cone
// closes. It gives up, with one too many, beyond MaxKnots.
func within(sorted []uint64, tolerance int) Knots {
	var knots Knots
	var c cone
	var before uint64
	for p := range points(sorted) {
		low, high := float64(max(p.low-tolerance, 0)), float64(min(p.high+tolerance, len(sorted)))
		if p.last {
			low, high = float64(p.low), float64(p.high)
		}
		switch {
		case len(knots) == 0:
			knots = append(knots, Knot{p.x, 0})
			c = from(knots[0])
		case !c.narrow(p.x, low, high):
			knots = append(knots, c.knot(before, p.x, low, high))
			c = from(knots[len(knots)-1])
			c.narrow(p.x, low, high)
		}
		if len(knots) > MaxKnots {
			return knots
		}
		if p.last {
			knots = append(knots, Knot{p.x, p.high})
		}
		before = p.x
	}
	return knots
}

// cone is the range of slopes (people per position) with which a line from a knot passes every corner since.
type cone struct {
	from          Knot
	gentle, steep float64
}

func from(k Knot) cone { return cone{from: k, steep: math.Inf(1)} }

// narrow keeps the slopes that pass x between low and high too. It reports whether any is left; if none is, it changes
// nothing.
func (c *cone) narrow(x uint64, low, high float64) bool {
	width, foot := float64(x-c.from.At), float64(c.from.Below)
	gentle, steep := max(c.gentle, (low-foot)/width), min(c.steep, (high-foot)/width)
	if gentle > steep {
		return false
	}
	c.gentle, c.steep = gentle, steep
	return true
}

// knot ends the line at x, on the side of the cone that lies towards the corner that closed it.
func (c *cone) knot(x, nextX uint64, low, high float64) Knot {
	slope := c.gentle
	if width := float64(nextX - c.from.At); float64(c.from.Below)+c.steep*width < low {
		slope = c.steep
	}
	return Knot{x, c.from.Below + int(math.Round(slope*float64(x-c.from.At)))}
}
