package measure

import (
	"fmt"
	"slices"
)

// Median is the value in the middle of them.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile is the value below which a part of them lies.
func Quantile(values []float64, part float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// Slope is how fast y grows by x: the median of the slopes between any two points, which a single step hardly moves.
func Slope(x, y []float64) float64 {
	var slopes []float64
	for i := range x {
		for j := range i {
			slopes = append(slopes, (y[i]-y[j])/(x[i]-x[j]))
		}
	}
	return Median(slopes)
}

// InOrder prints the named parts, in that order.
func InOrder(part map[string]float64, names ...string) (text string) {
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %s", name, Format(part[name]))
	}
	return text
}
