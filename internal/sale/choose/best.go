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

// maxBest is how often the best seats are looked for when others take them first. Each time the choice is among four
// times as many groups, so that buyers who want the same seats spread out.
const maxBest = 5

// Best locks w.N seats side by side at the wish's price types, the nearest to the stage that leave no single seat
// alone; see venue.Venue.Best. The visitor's other seats are given up. It returns problem.NoSeats when nothing fits the
// wish, and otherwise what ChooseAt returns. A search that comes to nothing counts as a choice, since it reads many
// sections.
func (s *Service) Best(ctx context.Context, a token.Access, w venue.Wish) (Held, error) {
	hold := s.ahead(ctx, a)
	v, err := s.buying(ctx, a)
	if err != nil {
		return Held{}, err
	}
	h, err := hold()
	if err == nil {
		err = h.Cooled(s.Now())
	}
	if err != nil {
		return Held{}, err
	}
	if w.N < 1 || w.N > seat.MaxPerBuyer {
		return Held{}, problem.New(problem.Invalid, "n must be 1 to %d", seat.MaxPerBuyer)
	}
	o, err := s.Maps.Overview(ctx, a.Zone)
	if err == nil {
		err = o.Venue().Check(w)
	}
	if err != nil {
		return Held{}, err
	}
	var held Held
	width := 1
	for range maxBest {
		var groups []group
		if groups, err = s.groups(ctx, v, o, w, width); err != nil {
			return Held{}, err
		}
		if len(groups) == 0 {
			s.missed(ctx, v, seat.ChoiceEvery)
			return Held{}, problem.New(problem.NoSeats, "there are no %d such seats side by side any more", w.N)
		}
		picked := groups[s.Pick(len(groups))]
		if held, err = s.choose(ctx, v, picked.Seats, picked.types, nil, nil); err == nil {
			return held, nil
		}
		if problem.CodeOf(err) != problem.SeatTaken {
			break
		}
		width *= 4
	}
	s.missed(ctx, v, seat.ChoiceEvery)
	return held, err
}

// group is seats that fulfil a wish, with its price types.
type group struct {
	venue.Group
	types seat.Types
}

func compare(a, b group) int { return a.Compare(b.Group) }

// groups returns up to width of the best groups, from fresh snapshots of as few sections as possible.
func (s *Service) groups(ctx context.Context, v visit, o venue.Overview, w venue.Wish, width int) ([]group, error) {
	var best []group
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
			wish.Section = section.ID // candidates only returns it if it was asked for, or if there are no seats at all
		}
		from := 0
		if section.Capacity > 0 {
			from = s.Pick(section.Capacity)
		}
		for _, g := range o.Venue().Best(section, wish, free, from) {
			if types, sold := o.Venue().Assign(section, g.Seats, w.Types); sold {
				best = append(best, group{g, types})
			}
		}
		slices.SortStableFunc(best, compare)
		best = best[:min(len(best), width)]
	}
	if i := slices.IndexFunc(best, func(g group) bool { return g.Orphan }); i > 0 {
		best = best[:i] // no single seat is left while there is another way
	}
	return best, nil
}

// candidates returns the sections that may fulfil the wish, the nearest first. If a venue has only standing places, a
// wish for nothing in particular gets those.
func candidates(o venue.Overview, w venue.Wish) (parts []venue.Part) {
	standing := !slices.ContainsFunc(o.Sections, func(p venue.Part) bool { return p.Kind == venue.Seated })
	for _, p := range o.Sections {
		category := p.Categories[0]
		if slices.Contains(p.Categories, w.Category) {
			category = w.Category
		}
		wanted := w.Wants(venue.Section{ID: p.ID, Kind: p.Kind, Category: category})
		if wanted && (w.Category == "" || category == w.Category) || standing && w.Category+w.Section == "" && !w.Accessible {
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b venue.Part) int { return cmp.Compare(a.Near, b.Near) })
	return parts
}

// free returns a func that reports whether the visitor could lock a seat of the section now.
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
