package venue

import (
	"slices"
	"strings"
)

// Change is what a new map does to an old one.
type Change struct {
	Added   []string // seats and places
	Refused Faults   // what may not happen while seats are sold
}

// Diff compares two valid, filled maps. During a sale a map may only add: no seat may go, move to another price or stop
// being accessible, no price and no currency may change. Names, labels, positions, outlines and limits may, and a
// companion's seat may become one for everybody.
func Diff(old, new Venue) Change {
	c := &Change{}
	c.Refused.unless(old.Currency == new.Currency, "$.currency", "%s would become %s", old.Currency, new.Currency)
	for _, category := range old.Categories {
		price, found := new.Price(category.ID)
		path := "$.categories, " + category.ID
		c.Refused.unless(found, path, "would go")
		c.Refused.unless(!found || price == category.Price, path,
			"the price would change from %d to %d", category.Price, price)
		for _, p := range category.Prices {
			price, sold := new.PriceAt(category.ID, p.Type)
			c.Refused.unless(!found || sold, path+", "+p.Type, "would go")
			c.Refused.unless(!sold || price == p.Price, path+", "+p.Type,
				"the price would change from %d to %d", p.Price, price)
		}
	}
	for _, s := range old.Sections {
		c.section(s, new)
	}
	known := map[string]bool{}
	for _, s := range old.Sections {
		for id := range s.seats() {
			known[id] = true
		}
	}
	for _, s := range new.Sections {
		for id := range s.seats() {
			if !known[id] {
				c.Added = append(c.Added, id)
			}
		}
	}
	slices.Sort(c.Added)
	return *c
}

func (c *Change) section(old Section, v Venue) {
	path := "$.sections, " + old.ID
	s, found := v.Section(old.ID)
	if !found || s.Kind != old.Kind {
		c.Refused.unless(found, path, "would go")
		c.Refused.unless(!found, path, "would be %s, not %s", s.Kind, old.Kind)
		return
	}
	c.Refused.unless(s.Capacity >= old.Capacity, path, "would have %d places, not %d", s.Capacity, old.Capacity)
	c.Refused.unless(s.Category == old.Category, path, "would be of category %q, not %q", s.Category, old.Category)
	there := map[string]Seat{}
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			there[seat.ID] = seat
		}
	}
	for _, row := range old.Rows {
		for _, seat := range row.Seats {
			now, found := there[seat.ID]
			c.Refused.unless(found, path+", "+seat.ID, "would go")
			same := now.Category == seat.Category && now.Accessible == seat.Accessible && (seat.Companion || !now.Companion)
			c.Refused.unless(!found || same, path+", "+seat.ID, "would change its category or what it is for")
		}
	}
}

// seats returns an iterator over every seat and place of the section.
func (s Section) seats() func(func(string) bool) {
	return func(yield func(string) bool) {
		for n := 1; n <= s.Capacity; n++ {
			if !yield(s.Place(n)) {
				return
			}
		}
		for _, row := range s.Rows {
			for _, seat := range row.Seats {
				if !yield(seat.ID) {
					return
				}
			}
		}
	}
}

// Select returns the seats and places of a section, of one of its rows (row not empty), or of all sections (section
// empty). It returns none if there is no such part.
func (v Venue) Select(section, row string) (seats []string) {
	for _, s := range v.Sections {
		if section != "" && s.ID != section {
			continue
		}
		for id := range s.seats() {
			if row == "" || strings.HasPrefix(id, s.ID+"-"+row+"-") {
				seats = append(seats, id)
			}
		}
	}
	return seats
}
