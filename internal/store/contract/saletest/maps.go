package saletest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract"
)

// Maps runs the contract of venue.Store.
func Maps(t *testing.T, fresh func(*testing.T) (venue.Store, zone.Store)) {
	for name, story := range map[string]func(*testing.T, venue.Store){
		"a map is read as saved":               mapIsKept,
		"of two first maps one comes through":  oneFirstMap,
		"saving again what landed is success":  mapAgain,
		"a zone without a map has no sections": noMap,
		"the loser of a race changes nothing":  mapLoser,
		"a map is read to its end":             mapReplaced,
		"a map too large changes nothing":      mapTooLarge,
		"a map at its bound is stored":         mapAtItsBound,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			maps, _ := fresh(t)
			story(t, maps)
		})
	}
	t.Run("a map is replaced while the zone's settings stand", func(t *testing.T) {
		t.Parallel()
		maps, zones := fresh(t)
		mapReplacing(t, maps, zones)
	})
}

// hall is a map of two sections.
func hall(name string) venue.Venue {
	outline := []venue.Point{{X: 0, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 1}}
	return venue.Venue{
		Name: name, Currency: "EUR", Stage: venue.Point{X: 1},
		Categories: []venue.Category{{ID: "A", Name: "All", Price: 100}},
		Sections: []venue.Section{
			{
				ID:      "a",
				Name:    "A",
				Kind:    venue.Seated,
				Outline: outline,
				Rows: []venue.Row{{ID: "1", Label: "1", Seats: []venue.Seat{
					{
						ID:         "a-1-1",
						Label:      "1",
						X:          1,
						Y:          4,
						Category:   "A",
						Accessible: true,
					}, {ID: "a-1-2", Label: "2", X: 2, Y: 4, Category: "A"},
				}}},
			},
			{ID: "f", Name: "F", Kind: venue.Standing, Category: "A", Capacity: 7, Outline: outline},
		},
	}
}

func mapIsKept(t *testing.T, s venue.Store) {
	ctx, v := t.Context(), hall("one")
	contract.Must(t, s.SaveMap(ctx, "main", v, 0))
	o, err := s.Overview(ctx, "main")
	contract.Must(t, err)
	contract.Same(t, "the overview", o, venue.NewOverview(v, 1))
	contract.Same(t, "seats", o.Size(), 9)
	stored, err := venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: v, Version: 1})
	v.Name = "two"
	contract.Must(t, s.SaveMap(ctx, "main", v, 1))
	stored, err = venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: v, Version: 2})
}

func oneFirstMap(t *testing.T, s venue.Store) {
	contract.OneWinner(t, contract.Race(5, func(i int) error {
		return s.SaveMap(t.Context(), "main", hall(string(rune('a'+i))), 0)
	}), contract.IsConflict)
}

func mapAgain(t *testing.T, s venue.Store) {
	for range 2 {
		contract.Must(t, s.SaveMap(t.Context(), "main", hall("one"), 0))
	}
	if err := s.SaveMap(t.Context(), "main", hall("two"), 0); !contract.IsConflict(err) {
		t.Errorf("another map in its place: %v", err)
	}
	if err := s.SaveMap(t.Context(), "main", hall("two"), 7); !contract.IsConflict(err) {
		t.Errorf("a map after one that isn't there: %v", err)
	}
}

func noMap(t *testing.T, s venue.Store) {
	contract.Must(t, s.SaveMap(t.Context(), "main", hall("one"), 0))
	_, err := s.Overview(t.Context(), "other")
	wants(t, err, problem.NotFound)
	o, err := s.Overview(t.Context(), "main")
	contract.Must(t, err)
	for _, id := range []string{"b", "", "~overview"} {
		_, err = s.Section(t.Context(), "main", o, id)
		wants(t, err, problem.NotFound)
	}
	_, err = s.Section(t.Context(), "other", o, "a")
	wants(t, err, problem.NotFound)
}

func mapLoser(t *testing.T, s venue.Store) {
	ctx, places := t.Context(), func(n int) venue.Venue {
		v := hall("one")
		v.Sections[1].Capacity = n
		return v
	}
	contract.Must(t, s.SaveMap(ctx, "main", places(100), 0))
	contract.Must(t, s.SaveMap(ctx, "main", places(200), 1))
	if err := s.SaveMap(ctx, "main", places(150), 1); !contract.IsConflict(err) {
		t.Errorf("the loser got %v", err)
	}
	stored, err := venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: places(200), Version: 2})
}

func mapReplacing(t *testing.T, s venue.Store, zones zone.Store) {
	ctx, settings := t.Context(), zone.New("main")
	contract.Must(t, zones.SaveSettings(ctx, settings))
	contract.Must(t, s.SaveMap(ctx, "main", hall("one"), 0))
	for range 2 {
		contract.Must(t, s.ReplaceMap(ctx, "main", hall("two"), 1, settings.Version))
	}
	settings.Version++
	contract.Must(t, zones.SaveSettings(ctx, settings))
	if err := s.ReplaceMap(ctx, "main", hall("three"), 2, settings.Version-1); !contract.IsConflict(err) {
		t.Errorf("settings that changed: %v", err)
	}
	if err := s.ReplaceMap(ctx, "main", hall("three"), 1, settings.Version); !contract.IsConflict(err) {
		t.Errorf("a map that was replaced: %v", err)
	}
	stored, err := venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: hall("two"), Version: 2})
	contract.Must(t, s.ReplaceMap(ctx, "main", hall("three"), 2, settings.Version))
}

func mapReplaced(t *testing.T, s venue.Store) {
	ctx, v := t.Context(), hall("one")
	contract.Must(t, s.SaveMap(ctx, "main", v, 0))
	o, err := s.Overview(ctx, "main")
	contract.Must(t, err)
	next := hall("two")
	next.Sections[1].Capacity = 9
	contract.Must(t, s.SaveMap(ctx, "main", next, 1))
	f, err := s.Section(ctx, "main", o, "f")
	contract.Must(t, err)
	contract.Same(t, "a section of the map that was replaced", f, v.Sections[1])
	contract.Must(t, s.SaveMap(ctx, "main", v, 2)) // the first map's sections anew
	for _, id := range []string{"a", "f"} {
		_, err = s.Section(ctx, "main", o, id)
		wants(t, err, problem.NotFound)
	}
	stored, err := venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: v, Version: 3})
	if err := s.SaveMap(ctx, "main", v, 0); !contract.IsConflict(err) {
		t.Errorf("the same map in the place of one that was replaced: %v", err)
	}
}

func mapTooLarge(t *testing.T, s venue.Store) {
	ctx, v := t.Context(), hall("one")
	contract.Must(t, s.SaveMap(ctx, "main", v, 0))
	next := crowded(20_000)
	next.Sections[1].Capacity = 9
	wants(t, s.SaveMap(ctx, "main", next, 1), problem.Invalid)
	stored, err := venue.Read(ctx, s, "main")
	contract.Must(t, err)
	contract.Same(t, "the map", stored, venue.Stored{Venue: v, Version: 1})
}

// crowded is a map with n seats more, at measured places.
func crowded(n int) venue.Venue {
	v, rng := hall("two"), rand.New(rand.NewPCG(1, 1))
	row := &v.Sections[0].Rows[0]
	for i := range n {
		row.Seats = append(row.Seats, venue.Seat{ID: fmt.Sprint("a-1-x", i), X: rng.Float64(), Y: rng.Float64()})
	}
	return v
}

func mapAtItsBound(t *testing.T, s venue.Store) {
	n := 100 * sort.Search(200, func(n int) bool {
		_, err := venue.Pack(crowded(100 * n).Sections[0])
		return err != nil
	})
	n -= 100
	contract.Must(t, s.SaveMap(t.Context(), "main", crowded(n), 0))
	stored, err := venue.Read(t.Context(), s, "main")
	contract.Must(t, err)
	contract.Same(t, "seats", stored.Venue.Size(), hall("two").Size()+n)
}
