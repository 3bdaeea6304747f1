package choose

import (
	"context"
	"slices"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// together checks that a choice by hand takes seats as the map sells them: a companion's with a wheelchair place beside
// it, and where the map says so, no single free seat left that needn't be. It returns problem.Together with the seats
// that are in the way.
//
// Who leaves a single seat is judged by a look at the section: two who choose at once beside each other may leave one.
func (s *Service) together(ctx context.Context, v visit, seats []string, hold func() (seat.Hold, error)) error {
	o, err := s.Maps.Overview(ctx, v.settings.Zone)
	if err != nil || len(seats) == 0 {
		return err
	}
	looks := o.Orphans == venue.RefuseOrphans
	if looks {
		if looks, err = s.mayLook(seats, hold); err != nil {
			return err
		}
	}
	var alone, orphans []string
	for _, id := range sections(seats) {
		section, err := s.Maps.Section(ctx, v.settings.Zone, id)
		if err != nil {
			return err
		}
		lacking := section.Unaccompanied(seats, nil)
		if len(lacking) > 0 {
			bought, err := s.bought(ctx, v, id)
			if err != nil {
				return err
			}
			lacking = section.Unaccompanied(seats, bought)
		}
		alone = append(alone, lacking...)
		if !looks || section.Kind == venue.Standing {
			continue
		}
		free, err := s.free(ctx, v, id)
		if err != nil {
			return err
		}
		orphans = append(orphans, section.Orphaned(seats, free)...)
	}
	if len(alone) > 0 {
		s.missed(ctx, v, seat.MissEvery)
		return &problem.Error{
			Code: problem.Together, Seats: alone, Field: "companion",
			Detail: "a companion's seat is sold along with the wheelchair place beside it",
		}
	}
	if len(orphans) > 0 {
		s.missed(ctx, v, seat.MissEvery)
		return &problem.Error{
			Code: problem.Together, Seats: orphans, Field: "orphan", Detail: "a single seat would be left alone",
		}
	}
	return nil
}

// bought returns the section's seats that the visitor has bought: a companion may come later. It returns
// problem.Cooling if it is too early for another choice, since reading a section costs.
func (s *Service) bought(ctx context.Context, v visit, section string) (ids []string, err error) {
	h, err := s.Seats.Hold(ctx, v.settings.Zone, v.buyer)
	if err == nil {
		err = h.Cooled(s.Now())
	}
	if err != nil || h.Bought == 0 {
		return nil, err
	}
	seats, err := s.Seats.Snapshot(ctx, v.settings.Zone, section)
	for _, one := range seats {
		if one.Holder == v.buyer && one.Order != "" {
			ids = append(ids, one.ID)
		}
	}
	return ids, err
}

// mayLook reports whether sections are to be read for a choice: for one that changes nothing they aren't. It returns
// problem.Cooling if it is too early for it.
func (s *Service) mayLook(seats []string, hold func() (seat.Hold, error)) (bool, error) {
	h, err := hold()
	if err != nil {
		return false, err
	}
	if !h.Live(s.Now()) {
		return true, h.Cooled(s.Now())
	}
	_, more := divide(seats, h.Seats)
	if len(more) > 0 {
		return true, h.Cooled(s.Now())
	}
	return len(seats) < len(h.Seats), nil
}

// sections returns the sections of seats, each once.
func sections(seats []string) (ids []string) {
	for _, id := range seats {
		if section := venue.SectionOf(id); !slices.Contains(ids, section) {
			ids = append(ids, section)
		}
	}
	return ids
}
