package bucket

import (
	"math"
	"slices"
	"time"
)

// The measured rate looks at the last MeasureSpan in bins of measureBin.
const (
	MeasureSpan = 3 * time.Minute
	measureBin  = 10 * time.Second
	measureMin  = 3 // fewer full bins show nothing
	// measureDoubt widens the range to at least 5 % either side of the mean, however steady the line was.
	measureDoubt = 0.05
)

// Passed counts visitors who were passed over at one time without being called: their connections were gone.
type Passed struct {
	At time.Time
	N  int
}

// Measured returns how fast the line went of late, in visitors a minute: the 10th and the 90th percentile over bins of
// ten seconds, and at least measureDoubt to both sides of the average. Everybody who was called counts, and everybody
// who was passed over, since a wait is as long as it takes until those ahead are out of the way, whether or not they
// enter. Both are zero while there is too little to measure. Pages must hold every page of the last MeasureSpan.
func Measured(pages []Page, passed []Passed, now time.Time) (low, high int) {
	if len(pages) == 0 {
		return 0, 0
	}
	bins := make([]int, min(MeasureSpan, max(0, now.Sub(pages[0].At)))/measureBin)
	if len(bins) < measureMin {
		return 0, 0
	}
	add := func(at time.Time, n int) {
		if i := int(now.Sub(at) / measureBin); i >= 0 && i < len(bins) {
			bins[i] += n
		}
	}
	for _, p := range pages {
		add(p.At, len(p.Grants))
	}
	for _, p := range passed {
		add(p.At, p.N)
	}
	return rangeOf(bins)
}

// rangeOf returns the range of what bins hold, by the minute.
func rangeOf(bins []int) (low, high int) {
	slices.Sort(bins)
	sum := 0
	for _, n := range bins {
		sum += n
	}
	perMinute := int(time.Minute / measureBin)
	mean := float64(sum*perMinute) / float64(len(bins))
	low = min(percentile(bins, 0.1)*perMinute, int(mean*(1-measureDoubt)))
	high = max(percentile(bins, 0.9)*perMinute, int(math.Ceil(mean*(1+measureDoubt))))
	return low, high
}

// percentile is the nearest-rank percentile of sorted values.
func percentile(sorted []int, p float64) int {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}
