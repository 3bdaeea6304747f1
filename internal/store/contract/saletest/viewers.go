package saletest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"foyer/internal/sale/viewers"
	"foyer/internal/store/contract"
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
		"a connection that floods is found out":               viewsFlood,
		"opening again takes no view away":                    openingAgain,
		"a view ends with the connection's life":              viewsEnd,
		"a connection that is gone is forgotten, and only it": goneIsForgotten,
		"zones and sections are apart":                        zonesApart,
		"a zone's turn is taken once a second":                turns,
		"who waits takes the turn, and knows what was noted":  waits,
		"who waits too long is given up":                      waitsTooLong,
		"of ten who want to wait, one does":                   oneWaits,
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
	zone, err := s.View(t.Context(), c, sections, contract.After(ms))
	contract.Must(t, err)
	contract.Same(t, "zone", zone, "main")
}

func audience(t *testing.T, s ViewersStore, zone, section string, ms int, want ...string) {
	t.Helper()
	a, err := s.Of(t.Context(), zone, section, contract.After(ms))
	contract.Must(t, err)
	contract.Same(t, "audience of "+section, a.Conns, want)
}

func viewsReplace(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	look(t, s, contract.Conn(1), 1, "A", "B")
	audience(t, s, "main", "A", 2, contract.Conn(1))
	look(t, s, contract.Conn(1), 3, "B", "C")
	audience(t, s, "main", "A", 4)
	audience(t, s, "main", "B", 4, contract.Conn(1))
	audience(t, s, "main", "C", 4, contract.Conn(1))
	look(t, s, contract.Conn(1), 3, "B", "C")
	look(t, s, contract.Conn(1), 5)
	audience(t, s, "main", "B", 6)
}

func viewsInOrder(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	look(t, s, contract.Conn(1), 20, "B")
	look(t, s, contract.Conn(1), 10, "A")
	audience(t, s, "main", "A", 30)
	audience(t, s, "main", "B", 30, contract.Conn(1))
	look(t, s, contract.Conn(1), 20, "C") // in the same moment, and later by the order of its coming
	audience(t, s, "main", "B", 30)
	audience(t, s, "main", "C", 30, contract.Conn(1))
}

func viewsFlood(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	for n := range viewers.ViewBurst {
		look(t, s, contract.Conn(1), n, string(rune('A'+n%2)))
	}
	look(t, s, contract.Conn(1), viewers.ViewBurst-1, "A") // in the same moment: it was counted
	// One more for each ViewEvery that has passed.
	for _, late := range []struct{ seconds, more int }{{0, 0}, {1, 1}, {3, 2}} {
		ms := viewers.ViewBurst + late.seconds*int(viewers.ViewEvery.Milliseconds())
		for n := range late.more {
			look(t, s, contract.Conn(1), ms+n, "C")
		}
		_, err := s.View(t.Context(), contract.Conn(1), []string{"D"}, contract.After(ms+late.more))
		if !errors.Is(err, viewers.ErrFlood) {
			t.Errorf("%d s later: %v", late.seconds, err)
		}
	}
	audience(t, s, "main", "C", viewers.ViewBurst+4000, contract.Conn(1))
	audience(t, s, "main", "D", viewers.ViewBurst+4000)
}

func viewsNeedOpening(t *testing.T, s ViewersStore) {
	if _, err := s.View(t.Context(), contract.Conn(9), []string{"A"}, contract.After(1)); !errors.Is(
		err,
		viewers.ErrUnknown,
	) {
		t.Errorf("got %v", err)
	}
	audience(t, s, "main", "A", 2)
}

func openingAgain(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	look(t, s, contract.Conn(1), 1, "A")
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(2)))
	look(t, s, contract.Conn(1), 3, "B")
	audience(t, s, "main", "A", 4)
}

func viewsEnd(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	look(t, s, contract.Conn(1), 1, "A")
	life := int(viewers.Life / time.Millisecond)
	audience(t, s, "main", "A", life-1, contract.Conn(1))
	audience(t, s, "main", "A", life)
	if _, err := s.View(t.Context(), contract.Conn(1), []string{"B"}, contract.After(life)); !errors.Is(
		err,
		viewers.ErrUnknown,
	) {
		t.Errorf("got %v", err)
	}
}

func goneIsForgotten(t *testing.T, s ViewersStore) {
	for n := range 3 {
		contract.Must(t, s.Open(t.Context(), "main", contract.Conn(n), contract.After(0)))
		look(t, s, contract.Conn(n), 1, "A", "B")
	}
	contract.Must(t, s.Gone(t.Context(), "main", "A", contract.Conn(1)))
	contract.Must(t, s.Gone(t.Context(), "main", "A", contract.Conn(1)))
	audience(t, s, "main", "A", 2, contract.Conn(0), contract.Conn(2))
	audience(t, s, "main", "B", 2, contract.Conn(0), contract.Conn(1), contract.Conn(2))
}

func zonesApart(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	contract.Must(t, s.Open(t.Context(), "other", contract.Conn(2), contract.After(0)))
	look(t, s, contract.Conn(1), 1, "A")
	zone, err := s.View(t.Context(), contract.Conn(2), []string{"A"}, contract.After(1))
	contract.Must(t, err)
	contract.Same(t, "zone", zone, "other")
	audience(t, s, "main", "A", 2, contract.Conn(1))
	audience(t, s, "other", "A", 2, contract.Conn(2))
}

func take(t *testing.T, s ViewersStore, zone, by string, ms int, sections ...string) (viewers.Turn, bool) {
	t.Helper()
	turn, taken, err := s.Take(t.Context(), zone, by, sections, contract.After(ms))
	contract.Must(t, err)
	return turn, taken
}

func takes(t *testing.T, s ViewersStore, by string, ms int, want bool) {
	t.Helper()
	if _, taken := take(t, s, "main", by, ms, "A"); taken != want {
		t.Errorf("%s at %d ms: taken %v", by, ms, taken)
	}
}

func turns(t *testing.T, s ViewersStore) {
	takes(t, s, "one", 0, true)
	if _, taken := take(t, s, "other", "two", 1, "A"); !taken {
		t.Error("another zone's turn was not to be had")
	}
	takes(t, s, "two", 1, false)
	takes(t, s, "two", 999, false)
	takes(t, s, "two", 1000, true)
	takes(t, s, "three", 1500, false)
	turn, _ := take(t, s, "main", "four", 2000, "B")
	sameTurn(t, turn, 1000, 2000, map[string]time.Time{"A": contract.After(1000), "B": contract.After(2000)})
}

// sameTurn compares a turn; one whose taking was repeated comes after itself.
func sameTurn(t *testing.T, got viewers.Turn, last, own int, noted map[string]time.Time) {
	t.Helper()
	contract.Same(t, "what was noted", got.Noted, noted)
	if !got.Last.Equal(contract.After(last)) && !got.Last.Equal(contract.After(own)) {
		t.Errorf("the turn before was at %v", got.Last)
	}
}

func wait(t *testing.T, s ViewersStore, by string, ms int, sections ...string) (time.Duration, bool) {
	t.Helper()
	d, mine, err := s.Wait(t.Context(), "main", by, sections, contract.After(ms))
	contract.Must(t, err)
	return d, mine
}

func waits(t *testing.T, s ViewersStore) {
	takes(t, s, "one", 0, true)
	d, mine := wait(t, s, "two", 100, "B")
	contract.Same(t, "the first waits", mine, true)
	contract.Same(t, "until the turn", d, 900*time.Millisecond)
	d, mine = wait(t, s, "three", 300, "C", "B")
	contract.Same(t, "the second needn't", mine, false)
	contract.Same(t, "the turn comes", d, 700*time.Millisecond)
	_, mine = wait(t, s, "two", 400, "B")
	contract.Same(t, "the first, again, still waits", mine, true)
	takes(t, s, "four", 1000, false)
	takes(t, s, "two", 999, false)
	turn, taken := take(t, s, "main", "two", 1000, "B")
	contract.Same(t, "the first's turn", taken, true)
	sameTurn(
		t,
		turn,
		0,
		1000,
		map[string]time.Time{"A": contract.After(0), "B": contract.After(1000), "C": contract.After(300)},
	)
	takes(t, s, "four", 2000, true)
}

func waitsTooLong(t *testing.T, s ViewersStore) {
	takes(t, s, "one", 0, true)
	wait(t, s, "two", 100, "B")
	late := 100 + int((viewers.Every+viewers.WaitFor)/time.Millisecond)
	takes(t, s, "four", late-1, false)
	_, mine := wait(t, s, "three", late, "C")
	contract.Same(t, "somebody else waits then", mine, true)
	turn, taken := take(t, s, "main", "three", late, "C")
	contract.Same(t, "and takes the turn", taken, true)
	if _, found := turn.Noted["B"]; !found {
		t.Error("what the first had noted is lost")
	}
	wait(t, s, "five", late+1, "D")
	takes(t, s, "six", late+1+int((viewers.Every+viewers.WaitFor)/time.Millisecond), true)
}

func oneWaits(t *testing.T, s ViewersStore) {
	takes(t, s, "one", 0, true)
	waiting := make([]bool, 10)
	for _, err := range contract.Race(10, func(i int) (err error) {
		_, waiting[i], err = s.Wait(t.Context(), "main", fmt.Sprint("by", i), []string{fmt.Sprint("S", i)}, contract.After(5))
		return err
	}) {
		contract.Must(t, err)
	}
	who := ""
	for i, mine := range waiting {
		if mine && who != "" {
			t.Error("two wait")
		}
		if mine {
			who = fmt.Sprint("by", i)
		}
	}
	turn, _ := take(t, s, "main", who, 1000)
	contract.Same(t, "sections noted", len(turn.Noted), 11)
}

func oneTurn(t *testing.T, s ViewersStore) {
	took := make([]bool, 10)
	for _, err := range contract.Race(10, func(i int) (err error) {
		_, took[i], err = s.Take(t.Context(), "main", fmt.Sprint("by", i), []string{"A"}, contract.After(0))
		return err
	}) {
		contract.Must(t, err)
	}
	won := 0
	for _, taken := range took {
		if taken {
			won++
		}
	}
	contract.Same(t, "winners", won, 1)
}

func ownTurn(t *testing.T, s ViewersStore) {
	takes(t, s, "one", 0, true)
	takes(t, s, "one", 0, true)
	takes(t, s, "two", 0, false)
}

func budget(t *testing.T, s ViewersStore) {
	spend := func(n, ms int) bool {
		granted, err := s.Spend(t.Context(), fmt.Sprint(n, ms), n, 100, contract.After(ms))
		contract.Must(t, err)
		return granted
	}
	contract.Same(t, "60", spend(60, 0), true)
	contract.Same(t, "one too many", spend(41, 1), false)
	contract.Same(t, "all that is left", spend(40, 2), true)
	contract.Same(t, "one more", spend(1, 3), false)
	contract.Same(t, "more than all", spend(101, 1000), false)
	contract.Same(t, "the next second", spend(100, 1000), true)
}

func hushed(t *testing.T, s ViewersStore) {
	contract.Must(t, s.Open(t.Context(), "main", contract.Conn(1), contract.After(0)))
	look(t, s, contract.Conn(1), 1, "A")
	contract.Must(t, s.Hush(t.Context(), "main", "A", contract.After(30_000)))
	takes(t, s, "one", 5, true)
	a, err := s.Of(t.Context(), "main", "A", contract.After(6))
	contract.Must(t, err)
	contract.Same(t, "audience", a, viewers.Audience{Conns: []string{contract.Conn(1)}, Quiet: contract.After(30_000)})
}
