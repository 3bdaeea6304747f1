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
	measureMin  = 3 // fewer full bins tell nothing
)

// Measured is how fast visitors entered of late, in entries a minute: the 10th and the 90th percentile over bins of
// ten seconds. Missed grants don't count. Both are zero while there is too little to tell. Pages must hold every page
// of the last MeasureSpan.
func Measured(pages []Page, now time.Time) (low, high int) {
	if len(pages) == 0 {
		return 0, 0
	}
	bins := make([]int, min(MeasureSpan, max(0, now.Sub(pages[0].At)))/measureBin)
	if len(bins) < measureMin {
		return 0, 0
	}
	for _, p := range pages {
		if i := int(now.Sub(p.At) / measureBin); i >= 0 && i < len(bins) {
			bins[i] += entered(p)
		}
	}
	slices.Sort(bins)
	perMinute := int(time.Minute / measureBin)
	return percentile(bins, 0.1) * perMinute, percentile(bins, 0.9) * perMinute
}

// percentile is the nearest-rank percentile of sorted values.
func percentile(sorted []int, p float64) int {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}
