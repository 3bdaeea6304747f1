package bucket

import (
	"testing"
	"time"
)

func TestNoTokenWastesMoreThanTwoWindows(t *testing.T) {
	for _, window := range []time.Duration{5 * time.Second, 30 * time.Second, 10 * time.Minute} {
		var wasted, rested time.Duration
		calls := 0
		for misses := range 1000 {
			w := WindowAfter(window, misses)
			wasted += w
			if rest := RestAfter(misses); rested < 8*24*time.Hour {
				rested += rest
				calls++
			}
		}
		if wasted > 2*window {
			t.Errorf("a token that always misses wastes %v, of windows of %v", wasted, window)
		}
		if calls > 10 {
			t.Errorf("a token is called %d times in its life", calls)
		}
	}
}

func TestTheFirstMissCostsNothing(t *testing.T) {
	if RestAfter(0) != 0 || RestAfter(1) != 0 || RestAfter(2) <= 0 {
		t.Errorf("rests of %v, %v, %v", RestAfter(0), RestAfter(1), RestAfter(2))
	}
	for misses := range 1000 {
		if RestAfter(misses+1) < RestAfter(misses) {
			t.Fatalf("after %d misses the rest gets shorter", misses+1)
		}
	}
}
