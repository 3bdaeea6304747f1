package contract

import (
	"testing"

	"foyer/internal/sale/seat"
)

// Board is the contract of seat.Board.
func Board(t *testing.T, fresh func(t *testing.T) seat.Board) {
	t.Run("the newest counts stay, whatever the order in which they come", func(t *testing.T) {
		t.Parallel()
		s := fresh(t)
		is := func(want seat.Counts) {
			t.Helper()
			got, err := s.Counts(t.Context(), "main")
			must(t, err)
			same(t, "counts", got, want)
		}
		is(seat.Counts{})
		second := seat.Counts{At: after(2000), Free: map[string]int{"a": 7, "b": 0}}
		must(t, s.SaveCounts(t.Context(), "main", second))
		must(t, s.SaveCounts(t.Context(), "main", second))
		must(t, s.SaveCounts(t.Context(), "main", seat.Counts{At: after(1000), Free: map[string]int{"a": 9}}))
		must(t, s.SaveCounts(t.Context(), "other", seat.Counts{At: after(3000), Free: map[string]int{"a": 1}}))
		is(second)
		third := seat.Counts{At: after(2001), Free: map[string]int{"b": 1}}
		must(t, s.SaveCounts(t.Context(), "main", third))
		is(third)
	})
}
