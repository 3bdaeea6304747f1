package venue

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"foyer/internal/printable"
	"foyer/internal/sale/currency"
)

var colorPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#[0-9a-f]{6}$`) })

// checker gathers faults.
type checker struct {
	Faults
	categories map[string]bool
	priceTypes map[string]bool
	money      currency.Currency // zero: none that can be charged
}

// Validate returns everything that is wrong with v: a Faults, or nil.
func (v Venue) Validate() error {
	c := &checker{categories: map[string]bool{}}
	c.name("$.name", v.Name)
	money, sold := currency.Of(v.Currency)
	c.unless(sold && v.Currency == money.Code, "$.currency", "%.10q is no currency that can be charged: "+
		"it must be three capital letters, such as EUR", v.Currency)
	c.money = money
	c.point("$.stage", v.Stage.X, v.Stage.Y)
	c.types(v.Types)
	c.unless(v.Orphans == "" || v.Orphans == RefuseOrphans, "$.orphans", "must be %s, or left out", RefuseOrphans)
	c.unless(len(v.Categories) > 0, "$.categories", "there must be at least one price category")
	for i, one := range v.Categories {
		c.category(fmt.Sprintf("$.categories[%d]", i), one)
	}
	sized := len(v.Sections) > 0 && len(v.Sections) <= MaxSections
	c.unless(sized, "$.sections", "there must be 1 to %d sections", MaxSections)
	seen := map[string]bool{}
	v.Sections = slices.Clone(v.Sections)
	for i, s := range v.Sections {
		path := fmt.Sprintf("$.sections[%d]", i)
		c.id(path, s.ID, seen)
		c.section(path, s)
	}
	c.unless(v.Size() <= MaxSeats, "$.sections", "a venue has at most %d seats, this one has %d", MaxSeats, v.Size())
	if len(c.Faults) == 0 {
		c.packs(v)
	}
	if len(c.Faults) == 0 {
		return nil
	}
	return c.Faults
}

// packs checks that every part of the map can be stored.
func (c *checker) packs(v Venue) {
	for i, s := range v.Sections {
		v.Sections[i] = s.filled()
		if _, err := Pack(v.Sections[i]); err != nil {
			c.unless(false, fmt.Sprintf("$.sections[%d]", i), "%v", err)
		}
	}
	if _, err := Pack(NewOverview(v, math.MaxInt64)); err != nil {
		c.unless(false, "$", "the map without its rows %v", err)
	}
}

func (c *checker) name(path, name string) {
	c.text(path, name, maxName)
	c.unless(name != "", path, "must not be empty")
}

// text checks that a text can stand on pages, tickets and in mails as it is: up to so many characters, printable and on
// one line. Marks that turn the direction of what follows are not printable.
func (c *checker) text(path, text string, most int) {
	c.unless(text == "" || printable.Line(text, most), path, "must be one line of at most %d printable characters, "+
		"without spaces at its ends", most)
}

// id checks an id and that no other of seen has it.
func (c *checker) id(path, id string, seen map[string]bool) {
	c.unless(namePattern().MatchString(id), path+".id", "%.40q must be 1 to 16 letters and digits", id)
	c.unless(!seen[id], path+".id", "%.40q is there already", id)
	seen[id] = true
}

func (c *checker) point(path string, x, y float64) {
	near := math.Abs(x) <= maxCoordinate && math.Abs(y) <= maxCoordinate
	c.unless(near, path, "is further out than %.0f", maxCoordinate)
}

func (c *checker) category(path string, one Category) {
	c.id(path, one.ID, c.categories)
	c.name(path+".name", one.Name)
	c.price(path+".price", one.Price)
	c.prices(path+".prices", one.Prices)
	c.unless(one.Color == "" || colorPattern().MatchString(one.Color), path+".color", "must be of the form #1a2b3c")
}

// price checks that every order of seats at this price can be charged.
func (c *checker) price(path string, price int64) {
	c.unless(price >= 0, path, "must not be less than 0")
	if price < 0 || c.money.Code == "" {
		return
	}
	if err := c.money.Check(price); err != nil {
		c.unless(false, path, "%v", err)
		return
	}
	c.unless(price <= c.money.Most/maxOrder, path, "is too high: %d seats are more than can be charged in %s", maxOrder,
		c.money.Code)
}

// known checks that a category exists.
func (c *checker) known(path, category string) {
	c.unless(category != "", path, "no category is given, here or above")
	c.unless(category == "" || c.categories[category], path, "there is no category %.40q", category)
}

func (c *checker) section(path string, s Section) {
	c.name(path+".name", s.Name)
	polygon := len(s.Outline) >= 3 && len(s.Outline) <= maxOutline
	c.unless(polygon, path+".outline", "must be a polygon of 3 to %d points", maxOutline)
	if len(s.Outline) > maxOutline {
		return
	}
	c.unless(!polygon || area(s.Outline) > 0, path+".outline", "has no area")
	for i, p := range s.Outline {
		c.point(fmt.Sprintf("%s.outline[%d]", path, i), p.X, p.Y)
	}
	c.unless(s.Size() <= MaxSectionSeats, path,
		"a section has at most %d seats, this one has %d", MaxSectionSeats, s.Size())
	switch s.Kind {
	case Seated:
		c.unless(s.Capacity == 0, path+".capacity", "a seated section's capacity is its seats")
		c.unless(len(s.Rows) > 0, path+".rows", "a seated section has rows")
		c.rows(path, s)
	case Standing:
		c.unless(s.Capacity >= 1, path+".capacity", "a standing section has at least 1 place")
		c.unless(len(s.Rows) == 0, path+".rows", "a standing section has no rows")
		c.known(path+".category", s.Category)
	default:
		c.unless(false, path+".kind", "must be seated or standing")
	}
}

// area returns twice the area of a polygon.
func area(points []Point) float64 {
	sum := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		sum += p.X*q.Y - q.X*p.Y
	}
	return math.Abs(sum)
}

func (c *checker) rows(path string, s Section) {
	rows, seats, places := map[string]bool{}, map[string]bool{}, map[Point]string{}
	for i, row := range s.Rows {
		at := fmt.Sprintf("%s.rows[%d]", path, i)
		c.id(at, row.ID, rows)
		c.text(at+".label", row.Label, maxLabel)
		c.unless(len(row.Seats) > 0, at+".seats", "a row has at least one seat")
		for j, seat := range row.Seats {
			here := fmt.Sprintf("%s.seats[%d]", at, j)
			c.seat(here, s, row, seat)
			c.unless(!seats[seat.ID], here+".id", "%.60q is there already", seat.ID)
			seats[seat.ID] = true
			where := Point{seat.X, seat.Y}
			c.unless(places[where] == "", here, "stands where %s stands", places[where])
			places[where] = seat.ID
			c.unless(!seat.Companion || reaches(row, j, all), here+".companion", "there is no accessible seat beside it")
		}
	}
}

func (c *checker) seat(path string, s Section, row Row, seat Seat) {
	prefix := s.ID + "-" + row.ID + "-"
	name, ok := strings.CutPrefix(seat.ID, prefix)
	ok = ok && namePattern().MatchString(name)
	c.unless(ok, path+".id", "%.60q must be %s and then 1 to 16 letters and digits", seat.ID, prefix)
	c.point(path, seat.X, seat.Y)
	c.text(path+".label", seat.Label, maxLabel)
	c.known(path+".category", cmp.Or(seat.Category, row.Category, s.Category))
	c.unless(!seat.Accessible || !seat.Companion, path, "a seat is accessible or a companion's, not both")
}

func all(Seat) bool { return true }

// reaches reports whether an accessible seat is next to the i-th seat, or next to companions' seats that are, going by
// seats that count alone.
func reaches(row Row, i int, counts func(Seat) bool) bool {
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(row.Seats) && counts(row.Seats[j]); j += step {
			if row.Seats[j].Accessible {
				return true
			}
			if !row.Seats[j].Companion {
				break
			}
		}
	}
	return false
}
