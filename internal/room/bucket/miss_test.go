package bucket

import (
	"testing"
	"time"
)

// However a visitor misses, the windows of all turns that come unasked for are less than two.
func TestNoVisitorWastesTwoWindows(t *testing.T) {
	for _, window := range []time.Duration{5 * time.Second, 30 * time.Second, 10 * time.Minute} {
		wasted := time.Duration(0)
		for misses := 0; misses <= Forgiven; misses++ {
			wasted += WindowAfter(window, misses)
		}
		if wasted >= 2*window || WindowAfter(window, 0) != window {
			t.Errorf("windows of %v: %v wasted", window, wasted)
		}
	}
}
