package memory

import (
	"context"
	"maps"

	"foyer/internal/sale/seat"
)

// SaveCounts implements seat.Board.
func (s *Seats) SaveCounts(ctx context.Context, zone string, c seat.Counts) error {
	return s.do(ctx, "seats.SaveCounts", func() error {
		if c.At = ms(c.At); c.At.After(s.of.counts[zone].At) {
			c.Free = maps.Clone(c.Free)
			s.of.counts[zone] = c
		}
		return nil
	})
}

// Counts implements seat.Board.
func (s *Seats) Counts(ctx context.Context, zone string) (c seat.Counts, err error) {
	err = s.do(ctx, "seats.Counts", func() error {
		c = s.of.counts[zone]
		c.Free = maps.Clone(c.Free)
		return nil
	})
	return standing(c, err)
}

var _ seat.Board = (*Seats)(nil)
