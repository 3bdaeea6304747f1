package exchange

import (
	"slices"
	"testing"
)

func TestReadPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		live   []int64
		last   int64
		cut    int64
		single []int64
	}{
		{"nobody inside: the end only", nil, 9, 9, nil},
		{"everybody inside: one range", []int64{5, 6, 7, 8, 9}, 9, 5, nil},
		{"stragglers by themselves", []int64{1, 50, 998, 999, 1000}, 1000, 998, []int64{1, 50}},
		{"one close enough for the range", []int64{997, 1000}, 1000, 997, nil},
		{"one too far for it", []int64{995, 1000}, 1000, 1000, []int64{995}},
	} {
		cut, single := readPlan(c.live, c.last)
		if cut != c.cut || !slices.Equal(single, c.single) {
			t.Errorf("%s: from %d, and %v; want %d, and %v", c.name, cut, single, c.cut, c.single)
		}
	}
}
