package saletest

import (
	"testing"

	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

// Board is the contract of seat.Board.
func Board(t *testing.T, fresh func(t *testing.T) seat.Board) {
	t.Run("the newest counts stay, whatever the order in which they come", func(t *testing.T) {
		t.Parallel()
		s := fresh(t)
		is := func(want seat.Counts) {
			t.Helper()
			got, err := s.Counts(t.Context(), "main")
			contract.Must(t, err)
			contract.Same(t, "counts", got, want)
		}
		is(seat.Counts{})
		second := seat.Counts{At: contract.After(2000), Free: map[string]int{"a": 7, "b": 0}}
		contract.Must(t, s.SaveCounts(t.Context(), "main", second))
		contract.Must(t, s.SaveCounts(t.Context(), "main", seat.Counts{At: second.At, Free: map[string]int{"a": 8}}))
		contract.Must(
			t,
			s.SaveCounts(t.Context(), "main", seat.Counts{At: contract.After(1000), Free: map[string]int{"a": 9}}),
		)
		contract.Must(
			t,
			s.SaveCounts(t.Context(), "other", seat.Counts{At: contract.After(3000), Free: map[string]int{"a": 1}}),
		)
		is(second)
		third := seat.Counts{At: contract.After(2001), Free: map[string]int{"b": 1}}
		contract.Must(t, s.SaveCounts(t.Context(), "main", third))
		is(third)
	})
}
