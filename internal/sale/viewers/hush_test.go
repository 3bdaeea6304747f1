package viewers_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/sale/viewers"
)

func TestAboveTheBudgetMapsReadTheSnapshotForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 30, 20)
		start := time.Now()
		got := h.tell(change("A", 1))
		if got.Hushed != 1 {
			t.Fatalf("%+v", got)
		}
		until := start.Add(viewers.QuietFor)
		for _, s := range h.ears.of(name(0)) {
			if s.Type != "snapshot" || s.Until != until.UnixMilli() || s.Section != "A" || s.Sections != nil {
				t.Errorf("heard %+v", s)
			}
		}
		h.ears.heard = nil
		time.Sleep(viewers.QuietFor - 10*time.Second)
		if got := h.tell(change("A", 2)); got != (viewers.Result{}) || len(h.ears.heard) > 0 {
			t.Errorf("while it is quiet: %+v, %d messages", got, len(h.ears.heard))
		}
		h.must(h.store.Open(t.Context(), "main", "late", time.Now()))
		h.must(h.View(t.Context(), "late", []string{"A"}, time.Now()))
		if heard := h.ears.of("late"); len(heard) != 1 || heard[0].Type != "snapshot" || heard[0].Until != until.UnixMilli() {
			t.Errorf("who comes late heard %+v", heard)
		}
		time.Sleep(11 * time.Second)
		h.Budget = 100
		if got := h.tell(change("A", 3)); got.Pushed != 31 {
			t.Errorf("afterwards: %+v", got)
		}
	})
}

// A thousand viewers don't fit into one second's budget of 600 messages: it takes two.
func TestBeingToldToBeQuietKeepsToTheBudgetToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 1000, 600)
		start := time.Now()
		if got := h.tell(change("A", 1)); got.Hushed != 1 || got.Pushed != 1000 {
			t.Fatalf("%+v", got)
		}
		perSecond := map[int64]int{}
		for _, s := range h.ears.heard {
			perSecond[s.at.Unix()]++
		}
		for second, n := range perSecond {
			if n > 600 {
				t.Errorf("%d messages in second %d", n, second-start.Unix())
			}
		}
	})
}

// A process that is about to end doesn't wait for the budget: its maps catch up.
func TestWhoMayNotWaitLeavesTheRestUntold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, waits := newHall(t, 30, 20), 0
		h.Sleep = func(context.Context, time.Duration) error {
			waits++
			return context.Canceled
		}
		if got := h.tell(change("A", 1)); got.Hushed != 1 || got.Pushed != 0 || waits != 1 {
			t.Errorf("%+v after %d waits", got, waits)
		}
	})
}

// The sections with the most viewers read the snapshot, so that the others get messages.
func TestTheFullestSectionsAreHushedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 30, 20)
		for i := range 10 {
			h.must(h.View(t.Context(), name(i), []string{"B"}, time.Now().Add(time.Millisecond)))
		}
		for i := 10; i < 15; i++ {
			h.must(h.View(t.Context(), name(i), []string{"A", "B"}, time.Now().Add(time.Millisecond)))
		}
		c := change("A", 1)
		c.Add("B", locked("B-1-1", 1), time.Now())
		if got := h.tell(c); got.Hushed != 1 || got.Pushed != 15+20 {
			t.Errorf("%+v", got)
		}
		kinds := map[string]int{}
		for _, s := range h.ears.heard {
			kinds[fmt.Sprint(s.Type, s.Section, slices.Sorted(maps.Keys(s.Sections)))]++
		}
		if kinds["seats[B]"] != 15 || kinds["snapshotA[]"] != 20 {
			t.Errorf("%v", kinds)
		}
	})
}
