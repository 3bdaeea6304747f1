package saletest

import (
	"errors"
	"fmt"
	"testing"

	"foyer/internal/sale/once"
	"foyer/internal/store/contract"
)

// NotedOnce is a once.Store whose notes of finished work can be read.
type NotedOnce struct {
	once.Store
	Note func(t *testing.T, work string) string
}

// Once is the contract of once.Store.
func Once(t *testing.T, fresh func(t *testing.T) NotedOnce) {
	for name, story := range map[string]func(*testing.T, NotedOnce){
		"work is one owner's until its time is over": workIsOnes,
		"finished work is not begun again":           workIsDone,
		"released work may be begun at once":         workIsReleased,
		"of many who begin, one does":                workIsRaced,
	} {
		t.Run(name, func(t *testing.T) { story(t, fresh(t)) })
	}
}

func workIsOnes(t *testing.T, s NotedOnce) {
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "a", contract.After(0), contract.After(1000)))
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "a", contract.After(0), contract.After(1000))) // the reply was lost
	contract.Must(t, s.Begin(t.Context(), "o2#ticket", "b", contract.After(0), contract.After(1000)))
	var busy *once.BusyError
	if err := s.Begin(t.Context(), "o1#ticket", "b", contract.After(999), contract.After(2000)); !errors.As(err, &busy) ||
		!busy.Until.Equal(contract.After(1000)) {
		t.Errorf("1 ms before its time is over: %v", err)
	}
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "b", contract.After(1000), contract.After(2000)))
	if err := s.Begin(t.Context(), "o1#ticket", "a", contract.After(1500), contract.After(3000)); !errors.As(err, &busy) {
		t.Errorf("the earlier owner: %v", err)
	}
}

func workIsDone(t *testing.T, s NotedOnce) {
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "a", contract.After(0), contract.After(1000)))
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "b", contract.After(1000), contract.After(2000)))
	contract.Must(t, s.Finish(t.Context(), "o1#ticket", "sent as 1", contract.After(1100))) // a was slow, and did it
	contract.Must(t, s.Finish(t.Context(), "o1#ticket", "sent as 2", contract.After(1200)))
	contract.Same(t, "the note", s.Note(t, "o1#ticket"), "sent as 1")
	contract.Must(t, s.Release(t.Context(), "o1#ticket", "b"))
	for _, owner := range []string{"a", "b", "c"} {
		if err := s.Begin(t.Context(), "o1#ticket", owner, contract.After(5000), contract.After(6000)); !errors.Is(
			err,
			once.ErrDone,
		) {
			t.Errorf("%s begins again: %v", owner, err)
		}
	}
}

func workIsReleased(t *testing.T, s NotedOnce) {
	contract.Must(t, s.Release(t.Context(), "o1#ticket", "a")) // nobody has it
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "a", contract.After(0), contract.After(1000)))
	contract.Must(t, s.Release(t.Context(), "o1#ticket", "b")) // not b's to release
	var busy *once.BusyError
	if err := s.Begin(t.Context(), "o1#ticket", "b", contract.After(1), contract.After(2000)); !errors.As(err, &busy) {
		t.Errorf("somebody else's was released: %v", err)
	}
	contract.Must(t, s.Release(t.Context(), "o1#ticket", "a"))
	contract.Must(t, s.Begin(t.Context(), "o1#ticket", "b", contract.After(1), contract.After(2000)))
}

func workIsRaced(t *testing.T, s NotedOnce) {
	won := 0
	for _, err := range contract.Race(16, func(i int) error {
		return s.Begin(t.Context(), "o1#ticket", fmt.Sprint(i), contract.After(0), contract.After(1000))
	}) {
		var busy *once.BusyError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &busy):
			t.Errorf("a loser is told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d began", won)
	}
}
