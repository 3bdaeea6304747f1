// Package seatmap gives a zone its map: Loader, for operators, puts a checked map into a zone and refuses one that
// would change what is being sold; Maps, for functions, reads maps and remembers them for a few seconds.
package seatmap

import (
	"context"
	"time"

	"foyer/internal/cache"
	"foyer/internal/problem"
	"foyer/internal/sale/venue"
)

// MapFor is how long a zone's map is remembered. During a sale a map only grows, so an old one only lacks new seats.
const MapFor = 10 * time.Second

// maxSections is how many sections are remembered at most.
const maxSections = 2 * venue.MaxSections

// Maps remembers maps. It is safe for use by several goroutines.
type Maps struct {
	Store venue.Store
	Now   func() time.Time

	overviews cache.Cache[string, venue.Overview]
	sections  cache.Cache[[3]string, venue.Section] // by zone, id and hash
}

// Overview returns the zone's overview, at most MapFor old; problem.NotFound if the zone has no map.
func (m *Maps) Overview(ctx context.Context, zone string) (venue.Overview, error) {
	return remembered(m, &m.overviews, zone, func() (venue.Overview, error) { return m.Store.Overview(ctx, zone) })
}

// Section returns a section of the zone's map, at most MapFor old; problem.NotFound if the overview names none of that
// id.
func (m *Maps) Section(ctx context.Context, zone, id string) (venue.Section, error) {
	for again := false; ; again = true {
		o, err := m.Overview(ctx, zone)
		if err != nil {
			return venue.Section{}, err
		}
		part, found := o.Part(id)
		if !found {
			return venue.Section{}, venue.NoSectionError(id)
		}
		s, err := remembered(m, &m.sections, [3]string{zone, id, part.Hash}, func() (venue.Section, error) {
			return m.Store.Section(ctx, zone, o, id)
		})
		if again || problem.CodeOf(err) != problem.NotFound {
			return s, err
		}
		m.overviews.Delete(zone) // it names what is gone: the map was replaced twice
	}
}

func remembered[K comparable, T any](m *Maps, in *cache.Cache[K, T], key K, read func() (T, error)) (T, error) {
	now := m.Now()
	if hit, found := in.Get(key, now); found {
		return hit, nil
	}
	value, err := read()
	if err == nil {
		in.Put(key, value, now.Add(MapFor), maxSections)
	}
	return value, err
}
