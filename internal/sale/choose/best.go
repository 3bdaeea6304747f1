package choose

import (
	"cmp"
	"context"
	"slices"

	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// maxBest is how often the best seats are looked for because others took them first. Each time the choice is among
// four times as many groups, so that a crowd after the same seats comes apart.
const maxBest = 5

// Best locks n seats side by side, the nearest to the stage that leave no single seat alone; see venue.Venue.Best. What
// the visitor held before is given up unless it is among them. It returns problem.NoSeats when nothing fits the wish,
// and otherwise what Choose returns.
func (s *Service) Best(ctx context.Context, a token.Access, w venue.Wish) (Held, error) {
	v, err := s.inside(ctx, a)
	if err != nil {
		return Held{}, err
	}
	if w.N < 1 || w.N > seat.MaxPerBuyer {
		return Held{}, problem.New(problem.Invalid, "n must be 1 to %d", seat.MaxPerBuyer)
	}
	var held Held
	width := 1
	for range maxBest {
		var groups []venue.Group
		if groups, err = s.groups(ctx, v, w, width); err != nil {
			return Held{}, err
		}
		if len(groups) == 0 {
			return Held{}, problem.New(problem.NoSeats, "there are no %d such seats side by side any more", w.N)
		}
		held, err = s.choose(ctx, v, groups[s.Pick(len(groups))].Seats, nil)
		if problem.CodeOf(err) != problem.SeatTaken {
			return held, err
		}
		width *= 4
	}
	return held, err
}

// groups are up to width of the best groups, by fresh snapshots of as few sections as it takes.
func (s *Service) groups(ctx context.Context, v visit, w venue.Wish, width int) ([]venue.Group, error) {
	o, err := s.Maps.Overview(ctx, v.settings.Zone)
	if err != nil {
		return nil, err
	}
	var best []venue.Group
	for _, part := range candidates(o, w) {
		if len(best) >= width && !best[width-1].Orphan && best[width-1].Distance <= part.Near {
			break // nothing in there, or further out, is better
		}
		section, err := s.Maps.Section(ctx, v.settings.Zone, part.ID)
		if err != nil {
			return nil, err
		}
		free, err := s.free(ctx, v, part.ID)
		if err != nil {
			return nil, err
		}
		wish := w
		if section.Kind == venue.Standing {
			wish.Section = section.ID // candidates only offers places that are asked for, or where there is nothing else
		}
		from := 0
		if section.Capacity > 0 {
			from = s.Pick(section.Capacity)
		}
		best = append(best, o.Venue().Best(section, wish, free, from)...)
		slices.SortStableFunc(best, order)
		best = best[:min(len(best), width)]
	}
	if i := slices.IndexFunc(best, func(g venue.Group) bool { return g.Orphan }); i > 0 {
		best = best[:i] // nobody is left alone while there is another way
	}
	return best, nil
}

func order(a, b venue.Group) int {
	switch {
	case a.Better(b):
		return -1
	case b.Better(a):
		return 1
	}
	return 0
}

// candidates are the sections that may fulfil the wish, the nearest first. Where a venue only has places to stand, who
// wishes for nothing in particular gets those.
func candidates(o venue.Overview, w venue.Wish) (parts []venue.Part) {
	standing := !slices.ContainsFunc(o.Sections, func(p venue.Part) bool { return p.Kind == venue.Seated })
	for _, p := range o.Sections {
		category := p.Categories[0]
		if w.Category != "" && slices.Contains(p.Categories, w.Category) {
			category = w.Category
		}
		if w.Wants(venue.Section{ID: p.ID, Kind: p.Kind, Category: category}) && (w.Category == "" || category == w.Category) || standing && w == (venue.Wish{N: w.N}) {
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b venue.Part) int { return cmp.Compare(a.Near, b.Near) })
	return parts
}

// free tells which seats of a section the visitor could lock, as of now.
func (s *Service) free(ctx context.Context, v visit, section string) (func(string) bool, error) {
	seats, err := s.Seats.Snapshot(ctx, v.settings.Zone, section)
	if err != nil {
		return nil, err
	}
	now, not := s.Now(), map[string]bool{}
	for _, one := range seats {
		if !one.Free(v.buyer, now) {
			not[one.ID] = true
		}
	}
	return func(id string) bool { return !not[id] }, nil
}
