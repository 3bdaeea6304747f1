package venue

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"

	"foyer/internal/problem"
	"foyer/internal/sale/currency"
)

// Overview is the map without its rows: what a page shows first, and what the sale has to know about every section.
type Overview struct {
	Version    int64      `json:"version"` // counts changes of the map, from 1
	Name       string     `json:"name"`
	Currency   string     `json:"currency"`
	Digits     int        `json:"digits"` // of the currency's fraction: prices are in such units
	Stage      Point      `json:"stage"`
	Types      []Type     `json:"types,omitempty"`
	Orphans    Orphans    `json:"orphans,omitempty"`
	Categories []Category `json:"categories"`
	Sections   []Part     `json:"sections"`
}

// Part is a section in an overview.
type Part struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Kind       Kind     `json:"kind"`
	Seats      int      `json:"seats"`      // seats or places
	Categories []string `json:"categories"` // of its seats, sorted
	Near       float64  `json:"near"`       // distance from the stage to its nearest seat
	Hash       string   `json:"hash"`       // of the whole section, rows included: another hash, another section
	Outline    []Point  `json:"outline"`
}

// NewOverview returns the overview of a filled map.
func NewOverview(v Venue, version int64) Overview {
	o := Overview{
		Version: version, Name: v.Name, Currency: v.Currency, Digits: currency.Digits(v.Currency), Stage: v.Stage,
		Types: v.Types, Orphans: v.Orphans, Categories: v.Categories,
	}
	for _, s := range v.Sections {
		o.Sections = append(o.Sections, Part{
			ID: s.ID, Name: s.Name, Kind: s.Kind, Outline: s.Outline,
			Seats: s.Size(), Categories: s.categories(), Near: v.Near(s), Hash: s.hash(),
		})
	}
	return o
}

func (s Section) categories() []string {
	found := map[string]bool{}
	if s.Kind == Standing {
		return []string{s.Category}
	}
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			found[cmp.Or(seat.Category, row.Category, s.Category)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Venue returns the map without its sections: enough for prices, rules and distances.
func (o Overview) Venue() Venue {
	return Venue{
		Name: o.Name, Currency: o.Currency, Stage: o.Stage, Types: o.Types, Orphans: o.Orphans, Categories: o.Categories,
	}
}

// Part returns the section of that id.
func (o Overview) Part(id string) (Part, bool) {
	i := slices.IndexFunc(o.Sections, func(p Part) bool { return p.ID == id })
	if i < 0 {
		return Part{}, false
	}
	return o.Sections[i], true
}

// Size returns how many seats and places there are.
func (o Overview) Size() (n int) {
	for _, p := range o.Sections {
		n += p.Seats
	}
	return n
}

// Stored is a map as a store keeps it.
type Stored struct {
	Venue   Venue
	Version int64 // counts changes, from 1
}

// Store keeps the map of every zone.
type Store interface {
	// SaveMap replaces the zone's map if its version is still the one given (0: there is none), whole or not at all,
	// else it returns problem.Conflict and nothing has changed. A map that was read before it was replaced by the next
	// one can still be read to its end. Repeating a write that has landed is success. It returns problem.Invalid for a
	// map that is too large to be stored, before anything is written.
	SaveMap(ctx context.Context, zone string, v Venue, version int64) error

	// ReplaceMap is SaveMap on the further condition that the zone's settings still have that version: for a map that
	// takes away what the one before sells, which only a zone may have that isn't selling.
	ReplaceMap(ctx context.Context, zone string, v Venue, version, settings int64) error

	// Overview reads the zone's overview; problem.NotFound if the zone has no map.
	Overview(ctx context.Context, zone string) (Overview, error)

	// Section reads one section of the map that o is the overview of; problem.NotFound if it has none of that id, or if
	// the map was replaced twice since.
	Section(ctx context.Context, zone string, o Overview, id string) (Section, error)
}

// Read reads a whole map, section by section; problem.NotFound if the zone has none.
func Read(ctx context.Context, store Store, zone string) (Stored, error) {
	o, err := store.Overview(ctx, zone)
	if err != nil {
		return Stored{}, err
	}
	v := o.Venue()
	for _, p := range o.Sections {
		s, err := store.Section(ctx, zone, o, p.ID)
		if err != nil {
			return Stored{}, err
		}
		v.Sections = append(v.Sections, s)
	}
	return Stored{v, o.Version}, nil
}

// Equal reports whether two maps are the same.
func Equal(a, b Venue) bool { return reflect.DeepEqual(a, b) }

// NoMapError returns the error of a zone that sells no seats.
func NoMapError(zone string) error {
	return problem.New(problem.NotFound, "zone %q has no seat map", zone)
}

// NoSectionError returns the error of a map without such a section.
func NoSectionError(id string) error {
	return problem.New(problem.NotFound, "there is no section %.40q", id)
}
