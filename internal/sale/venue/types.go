package venue

import (
	"cmp"
	"fmt"
	"slices"

	"foyer/internal/sale/seat"
)

// maxTypes is the most price types of a map.
const maxTypes = 12

// Type is a price type: who pays which of a category's prices. A map that lists none has the standard one alone, at the
// categories' own price; one that lists it gives it another name.
type Type struct {
	ID   string `json:"id"`
	Name string `json:"name"`           // for people: Child
	Note string `json:"note,omitempty"` // who may have it: under 14
	Most int    `json:"most,omitempty"` // seats that a buyer may have at it, 1 to 8; 0: as many as a buyer may have
	For  Use    `json:"for,omitempty"`  // the seats that are sold at it; empty: all
}

// Use is what a seat is for.
type Use string

// The uses of seats that a price type can be for.
const (
	ForAccessible Use = "accessible"
	ForCompanion  Use = "companion"
)

// TypePrice is the price of a category's seats at a price type.
type TypePrice struct {
	Type  string `json:"type"`
	Price int64  `json:"price"` // all-in, in the currency's minor units
}

// TypeOf returns the price type of that id; the standard one for no id.
func (v Venue) TypeOf(id string) (Type, bool) {
	id = cmp.Or(id, seat.Standard)
	if i := slices.IndexFunc(v.Types, func(t Type) bool { return t.ID == id }); i >= 0 {
		return v.Types[i], true
	}
	return Type{ID: seat.Standard, Name: "Standard"}, id == seat.Standard
}

// PriceAt returns what a category costs at a price type, in minor units.
func (v Venue) PriceAt(category, priceType string) (int64, bool) {
	if cmp.Or(priceType, seat.Standard) == seat.Standard {
		return v.Price(category)
	}
	for _, c := range v.Categories {
		if c.ID != category {
			continue
		}
		for _, p := range c.Prices {
			if p.Type == priceType {
				return p.Price, true
			}
		}
	}
	return 0, false
}

// MostOf returns how many seats a buyer may have at each price type that has a limit.
func (v Venue) MostOf() map[string]int {
	most := map[string]int{}
	for _, t := range v.Types {
		if t.Most > 0 {
			most[t.ID] = t.Most
		}
	}
	return most
}

// Sold returns why a seat of the section isn't sold at a price type; empty: it is. The type is of the map.
func (t Type) Sold(s Section, id string) string {
	one, _ := s.seat(id)
	if t.For == ForAccessible && !one.Accessible || t.For == ForCompanion && !one.Companion {
		return "is for " + map[Use]string{ForAccessible: "wheelchair places", ForCompanion: "companions' seats"}[t.For]
	}
	return ""
}

// seat returns the numbered seat of that id.
func (s Section) seat(id string) (Seat, bool) {
	for _, row := range s.Rows {
		if i := slices.IndexFunc(row.Seats, func(one Seat) bool { return one.ID == id }); i >= 0 {
			return row.Seats[i], true
		}
	}
	return Seat{}, false
}

// types checks the map's price types.
func (c *checker) types(types []Type) {
	c.unless(len(types) <= maxTypes, "$.types", "there may be at most %d price types", maxTypes)
	c.priceTypes = map[string]bool{}
	for i, t := range types {
		path := fmt.Sprintf("$.types[%d]", i)
		c.id(path, t.ID, c.priceTypes)
		c.name(path+".name", t.Name)
		c.text(path+".note", t.Note, maxName)
		c.unless(t.Most >= 0 && t.Most <= maxOrder, path+".most", "must be 1 to %d, or left out", maxOrder)
		c.unless(t.For == "" || t.For == ForAccessible || t.For == ForCompanion, path+".for",
			"must be %s or %s, or left out", ForAccessible, ForCompanion)
		c.unless(t.ID != seat.Standard || t.Most == 0 && t.For == "", path,
			"the standard type is for everybody, without a limit")
	}
	c.priceTypes[seat.Standard] = false
}

// prices checks a category's prices at price types.
func (c *checker) prices(path string, prices []TypePrice) {
	seen := map[string]bool{}
	for i, p := range prices {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.unless(p.Type != seat.Standard, at+".type", "the standard price is the category's price")
		c.unless(p.Type == seat.Standard || c.priceTypes[p.Type], at+".type", "there is no price type %.40q", p.Type)
		c.unless(!seen[p.Type], at+".type", "%.40q is there already", p.Type)
		seen[p.Type] = true
		c.price(at+".price", p.Price)
	}
}
