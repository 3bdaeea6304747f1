package choose

import (
	"cmp"
	"context"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// Bill is what seats cost.
type Bill struct {
	Lines    []Line // in the order in which the seats were named
	Total    int64  // minor units
	Currency string
}

// Line is one seat of a bill. Its fields are those of order.Line.
type Line struct {
	Section  string
	Seat     string
	Label    seat.Label
	Category string
	Type     string // the price type
	TypeName string // for people; empty: the map has no types
	Most     int    // seats that a buyer may have at that type; 0: as many as in all
	Price    int64  // minor units
}

// bill returns what seats cost at their price types by the zone's map. problem.NotFound names a seat that doesn't
// exist, problem.Invalid a type at which one isn't sold.
func (s *Service) bill(ctx context.Context, zoneName string, seats []string, types seat.Types) (Bill, error) {
	o, err := s.Maps.Overview(ctx, zoneName)
	if err != nil {
		return Bill{}, err
	}
	bill, v := Bill{Currency: o.Currency}, o.Venue()
	for _, id := range seats {
		section, err := s.Maps.Section(ctx, zoneName, venue.SectionOf(id))
		if err != nil {
			return Bill{}, err
		}
		l := Line{
			Section: section.ID, Seat: id, Label: section.LabelOf(id), Category: section.CategoryOf(id),
			Type: cmp.Or(types[id], seat.Standard),
		}
		if l.Category == "" {
			return Bill{}, problem.New(problem.NotFound, "there is no seat %.60q", id)
		}
		kind, known := v.TypeOf(l.Type)
		price, sold := v.PriceAt(l.Category, l.Type)
		if !known || !sold {
			return Bill{}, problem.New(problem.Invalid, "seat %s isn't sold at the price type %.40q", id, l.Type)
		}
		if why := kind.Sold(section, id); why != "" {
			return Bill{}, problem.New(problem.Invalid, "seat %s isn't sold at the price type %s, which %s", id, l.Type, why)
		}
		if l.Price, l.Most = price, kind.Most; len(v.Types) > 0 {
			l.TypeName = kind.Name
		}
		bill.Lines = append(bill.Lines, l)
		bill.Total += price
	}
	return bill, nil
}
