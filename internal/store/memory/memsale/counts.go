package memsale

import (
	"context"
	"maps"

	"foyer/internal/sale/seat"
	"foyer/internal/store/memory/memroom"
)

// SaveCounts implements seat.Board.
func (s *Seats) SaveCounts(ctx context.Context, zone string, c seat.Counts) error {
	return s.Do(ctx, "seats.SaveCounts", func() error {
		if c.At = memroom.Millis(c.At); c.At.After(s.of.counts[zone].At) {
			c.Free = maps.Clone(c.Free)
			s.of.counts[zone] = c
		}
		return nil
	})
}

// Counts implements seat.Board.
func (s *Seats) Counts(ctx context.Context, zone string) (c seat.Counts, err error) {
	err = s.Do(ctx, "seats.Counts", func() error {
		c = s.of.counts[zone]
		c.Free = maps.Clone(c.Free)
		return nil
	})
	return memroom.Standing(c, err)
}

var _ seat.Board = (*Seats)(nil)
