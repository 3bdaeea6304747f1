package census_test

import (
	"testing"

	"foyer/internal/room/census"
)

func FuzzUnpack(f *testing.F) {
	for _, s := range []string{"", "A", "AAAA", "////", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!", "AAAA AAAA", "===="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		knots, err := census.Unpack(s)
		if err != nil {
			return
		}
		for i := 1; i < len(knots); i++ {
			if knots[i].Below < knots[i-1].Below || knots[i].At <= knots[i-1].At {
				t.Errorf("%q gives %v", s, knots)
			}
		}
	})
}
