// Package venue owns the seat map: what the documented JSON file may say, what may change while seats are sold, and
// which free seats are best.
//
// It decides from values it is given. It never reads a clock, a file or a database, and it knows no holder of a seat.
package venue

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Bounds of a venue.
const (
	MaxSections     = 500
	MaxSeats        = 200_000 // of a venue
	MaxSectionSeats = 20_000  // of a section: its map is one stored item
	maxOrder        = 8       // seats of one order: seat.MaxPerBuyer
	maxCoordinate   = 1e6
	maxName         = 100 // characters
	maxLabel        = 24  // characters of a row's or a seat's label
	maxOutline      = 500 // points of a section
)

// namePattern matches the ids of categories, sections, rows and seats within a row. Hyphens join them to seat ids.
var namePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{1,16}$`) })

// Venue is a seat map. Positions are in any unit, the same throughout; y grows downwards, as in SVG.
type Venue struct {
	Name       string     `json:"name"`
	Currency   string     `json:"currency"`        // of package currency
	Stage      Point      `json:"stage"`           // nearer seats are better
	Types      []Type     `json:"types,omitempty"` // of prices; empty: the standard one alone
	Orphans    Orphans    `json:"orphans,omitempty"`
	Categories []Category `json:"categories"`
	Sections   []Section  `json:"sections"`
}

// Point is a position.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Category is a price, or one for each price type.
type Category struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Price  int64       `json:"price"`            // of the standard type, all-in, in the currency's minor units
	Prices []TypePrice `json:"prices,omitempty"` // of other types; one that isn't listed isn't sold here
	Color  string      `json:"color,omitempty"`  // #rrggbb
}

// Kind is what a section is.
type Kind string

// The kinds of section.
const (
	Seated   Kind = "seated"   // rows of numbered seats
	Standing Kind = "standing" // Capacity unnumbered places, <section>-1 and on
)

// Section is a part of the venue that is shown, read and sold as a whole.
type Section struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Kind     Kind    `json:"kind"`
	Category string  `json:"category,omitempty"` // of a standing section; of seats whose row says none
	Capacity int     `json:"capacity,omitempty"` // of a standing section
	Outline  []Point `json:"outline"`            // a polygon
	Rows     []Row   `json:"rows,omitempty"`     // of a seated section, and their seats, in order
}

// Row is a row of seats, in the order in which they stand.
type Row struct {
	ID       string `json:"id"`
	Label    string `json:"label,omitempty"`    // empty: the id
	Category string `json:"category,omitempty"` // of seats that say none
	Seats    []Seat `json:"seats"`
}

// Seat is one numbered seat.
type Seat struct {
	ID         string  `json:"id"`              // <section>-<row>-<seat>
	Label      string  `json:"label,omitempty"` // empty: the last part of the id
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Category   string  `json:"category,omitempty"`
	Accessible bool    `json:"accessible,omitempty"` // a place for a wheelchair
	Companion  bool    `json:"companion,omitempty"`  // beside an accessible one, sold only along with it
}

// SectionOf returns the section that a seat's id names.
func SectionOf(seat string) string {
	section, _, _ := strings.Cut(seat, "-")
	return section
}

// Size returns how many seats or places the section has.
func (s Section) Size() int {
	n := s.Capacity
	for _, row := range s.Rows {
		n += len(row.Seats)
	}
	return n
}

// Place returns the id of the n-th place of a standing section, from 1.
func (s Section) Place(n int) string { return s.ID + "-" + strconv.Itoa(n) }

// place returns the number of a standing section's place; zero: it has no such place.
func (s Section) place(id string) int {
	text, ok := strings.CutPrefix(id, s.ID+"-")
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 1 || n > s.Capacity || s.Place(n) != id {
		return 0
	}
	return n
}

// CategoryOf returns the category of a seat or place of the section; empty: there is no such seat.
func (s Section) CategoryOf(id string) string {
	if s.Kind == Standing {
		if s.place(id) == 0 {
			return ""
		}
		return s.Category
	}
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			if seat.ID == id {
				return cmp.Or(seat.Category, row.Category, s.Category)
			}
		}
	}
	return ""
}

// Size returns how many seats and places the venue has.
func (v Venue) Size() (n int) {
	for _, s := range v.Sections {
		n += s.Size()
	}
	return n
}

// Section returns the section of that id.
func (v Venue) Section(id string) (Section, bool) {
	for _, s := range v.Sections {
		if s.ID == id {
			return s, true
		}
	}
	return Section{}, false
}

// Price returns the price of a category, in minor units.
func (v Venue) Price(category string) (int64, bool) {
	for _, c := range v.Categories {
		if c.ID == category {
			return c.Price, true
		}
	}
	return 0, false
}
