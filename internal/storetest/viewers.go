package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/viewers"
)

// ViewersStore is both interfaces that a store of viewers implements.
type ViewersStore interface {
	viewers.Store
	viewers.Pace
}

// Viewers is the contract of viewers.Store and viewers.Pace.
func Viewers(t *testing.T, fresh func(t *testing.T) ViewersStore) {
	for name, story := range map[string]func(*testing.T, ViewersStore){
		"a view makes exactly its sections those looked at":   viewsReplace,
		"a view that comes late changes nothing":              viewsInOrder,
		"a connection that was not opened looks at nothing":   viewsNeedOpening,
		"opening again takes no view away":                    openingAgain,
		"a view ends with the connection's life":              viewsEnd,
		"a connection that is gone is forgotten, and only it": goneIsForgotten,
		"zones and sections are apart":                        zonesApart,
		"a section's turn is taken once a second":             turns,
		"of ten who want the turn at once, one has it":        oneTurn,
		"a turn that had landed is one's own":                 ownTurn,
		"a second's budget is spent to the last and no more":  budget,
		"a hushed audience is quiet until then":               hushed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fresh(t))
		})
	}
}

func look(t *testing.T, s ViewersStore, c string, ms int, sections ...string) {
	t.Helper()
	zone, err := s.View(t.Context(), c, sections, after(ms))
	must(t, err)
	same(t, "zone", zone, "main")
}

func audience(t *testing.T, s ViewersStore, zone, section string, ms int, want ...string) {
	t.Helper()
	a, err := s.Of(t.Context(), zone, section, after(ms))
	must(t, err)
	same(t, "audience of "+section, a.Conns, want)
}

func viewsReplace(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	look(t, s, conn(1), 1, "A", "B")
	audience(t, s, "main", "A", 2, conn(1))
	look(t, s, conn(1), 3, "B", "C")
	audience(t, s, "main", "A", 4)
	audience(t, s, "main", "B", 4, conn(1))
	audience(t, s, "main", "C", 4, conn(1))
	look(t, s, conn(1), 3, "B", "C")
	look(t, s, conn(1), 5)
	audience(t, s, "main", "B", 6)
}

func viewsInOrder(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	look(t, s, conn(1), 20, "B")
	look(t, s, conn(1), 10, "A")
	audience(t, s, "main", "A", 30)
	audience(t, s, "main", "B", 30, conn(1))
}

func viewsNeedOpening(t *testing.T, s ViewersStore) {
	if _, err := s.View(t.Context(), conn(9), []string{"A"}, after(1)); !errors.Is(err, viewers.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	audience(t, s, "main", "A", 2)
}

func openingAgain(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	look(t, s, conn(1), 1, "A")
	must(t, s.Open(t.Context(), "main", conn(1), after(2)))
	look(t, s, conn(1), 3, "B")
	audience(t, s, "main", "A", 4)
}

func viewsEnd(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	look(t, s, conn(1), 1, "A")
	life := int(viewers.Life / time.Millisecond)
	audience(t, s, "main", "A", life-1, conn(1))
	audience(t, s, "main", "A", life)
	if _, err := s.View(t.Context(), conn(1), []string{"B"}, after(life)); !errors.Is(err, viewers.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func goneIsForgotten(t *testing.T, s ViewersStore) {
	for n := range 3 {
		must(t, s.Open(t.Context(), "main", conn(n), after(0)))
		look(t, s, conn(n), 1, "A", "B")
	}
	must(t, s.Gone(t.Context(), "main", "A", conn(1)))
	must(t, s.Gone(t.Context(), "main", "A", conn(1)))
	audience(t, s, "main", "A", 2, conn(0), conn(2))
	audience(t, s, "main", "B", 2, conn(0), conn(1), conn(2))
}

func zonesApart(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	must(t, s.Open(t.Context(), "other", conn(2), after(0)))
	look(t, s, conn(1), 1, "A")
	zone, err := s.View(t.Context(), conn(2), []string{"A"}, after(1))
	must(t, err)
	same(t, "zone", zone, "other")
	audience(t, s, "main", "A", 2, conn(1))
	audience(t, s, "other", "A", 2, conn(2))
}

func take(t *testing.T, s ViewersStore, section, by string, ms int) time.Duration {
	t.Helper()
	wait, err := s.Take(t.Context(), "main", section, by, after(ms))
	must(t, err)
	return wait
}

func turns(t *testing.T, s ViewersStore) {
	same(t, "the first", take(t, s, "A", "one", 0), time.Duration(0))
	same(t, "another section's", take(t, s, "B", "two", 1), time.Duration(0))
	same(t, "a moment later", take(t, s, "A", "two", 1), 999*time.Millisecond)
	same(t, "a millisecond too early", take(t, s, "A", "two", 999), time.Millisecond)
	same(t, "the next", take(t, s, "A", "two", 1000), time.Duration(0))
	same(t, "and then", take(t, s, "A", "three", 1500), 500*time.Millisecond)
}

func oneTurn(t *testing.T, s ViewersStore) {
	waits := make([]time.Duration, 10)
	for _, err := range race(10, func(i int) (err error) {
		waits[i], err = s.Take(t.Context(), "main", "A", fmt.Sprint("by", i), after(0))
		return err
	}) {
		must(t, err)
	}
	won := 0
	for _, wait := range waits {
		if wait == 0 {
			won++
		}
	}
	same(t, "winners", won, 1)
}

func ownTurn(t *testing.T, s ViewersStore) {
	same(t, "the turn", take(t, s, "A", "one", 0), time.Duration(0))
	same(t, "the same again", take(t, s, "A", "one", 0), time.Duration(0))
	same(t, "another's", take(t, s, "A", "two", 0), time.Second)
}

func budget(t *testing.T, s ViewersStore) {
	spend := func(n, ms int) bool {
		granted, err := s.Spend(t.Context(), fmt.Sprint(n, ms), n, 100, after(ms))
		must(t, err)
		return granted
	}
	same(t, "60", spend(60, 0), true)
	same(t, "too many", spend(41, 1), false)
	same(t, "more than all", spend(101, 1000), false)
	same(t, "the next second", spend(100, 1000), true)
}

func hushed(t *testing.T, s ViewersStore) {
	must(t, s.Open(t.Context(), "main", conn(1), after(0)))
	look(t, s, conn(1), 1, "A")
	must(t, s.Hush(t.Context(), "main", "A", after(30_000)))
	same(t, "a turn", take(t, s, "A", "one", 5), time.Duration(0))
	a, err := s.Of(t.Context(), "main", "A", after(6))
	must(t, err)
	same(t, "audience", a, viewers.Audience{Conns: []string{conn(1)}, Quiet: after(30_000)})
}
