package sale

import (
	"math"
	"testing"
)

func FuzzWhole(f *testing.F) {
	for _, s := range []string{"4", "4.0", "4e0", "4.5", "-1", "1e10", "null", `"4"`, "NaN", "Inf", "0x4", "1_0", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var w whole
		if err := w.UnmarshalJSON(text); err == nil && (w > math.MaxInt32 || w < -math.MaxInt32) {
			t.Errorf("%q was read as %d", text, w)
		}
	})
}
