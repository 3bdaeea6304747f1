package seat

import (
	"maps"
	"slices"

	"foyer/internal/problem"
)

// Standard is the price type of every seat for which no other is chosen.
const Standard = "standard"

// Types is the price type of each seat that isn't sold at the standard one.
type Types map[string]string

// of returns the types of these seats alone; nil if there are none.
func (t Types) of(seats []string) Types {
	var some Types
	for _, id := range seats {
		if t[id] != "" {
			if some == nil {
				some = Types{}
			}
			some[id] = t[id]
		}
	}
	return some
}

// Count returns how many seats there are of each type.
func (t Types) Count() map[string]int {
	n := map[string]int{}
	for _, name := range t {
		n[name]++
	}
	return n
}

// Within returns problem.Limit if there would be more seats of a type than a buyer may have, with those bought.
func (t Types) Within(most, bought map[string]int) error {
	n := t.Count()
	for _, name := range slices.Sorted(maps.Keys(n)) {
		if limit, limited := most[name]; limited && n[name]+bought[name] > limit {
			e := problem.New(problem.Limit, "a buyer may have %d seats at the price type %q", limit, name)
			e.Field = "types"
			return e
		}
	}
	return nil
}
