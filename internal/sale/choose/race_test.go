package choose_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
)

// A thousand buyers click on one seat: one gets it, and each of the others learns at once that it is gone.
func TestAThousandContendersForOneSeat(t *testing.T) {
	w := newWorld(t, inDatabase(t))
	contenders := 1000
	if testing.Short() {
		contenders = 100
	}
	all := w.buyers(contenders)
	_, err := w.Holds(t.Context(), all[0]) // the map is read, as by a process that has sold before
	w.must(err)
	results, took := make([]error, len(all)), make([]time.Duration, len(all))
	var wait sync.WaitGroup
	began := time.Now()
	for i, a := range all {
		wait.Go(func() {
			_, results[i] = w.Choose(t.Context(), a, []string{"stalls-A-9"})
			took[i] = time.Since(began)
		})
	}
	wait.Wait()
	winners := 0
	for i, err := range results {
		var p *problem.Error
		switch {
		case err == nil:
			winners++
			held, err := w.Holds(t.Context(), all[i])
			if err != nil || len(held.Seats) != 1 {
				t.Errorf("the winner has %+v, %v", held, err)
			}
		case !errors.As(err, &p) || p.Code != problem.SeatTaken || len(p.Seats) != 1 || p.Seats[0] != "stalls-A-9":
			t.Errorf("contender %d: %v", i, err)
		default:
			h, err := w.seats.Hold(t.Context(), "main", all[i].ID.String())
			if err != nil || h.Version != 0 {
				t.Errorf("a loser's hold changed: %+v, %v", h, err)
			}
		}
	}
	seats, err := w.seats.Snapshot(t.Context(), "main", "stalls")
	w.must(err)
	if winners != 1 || len(seats) != 1 || seats[0].Version != 1 {
		t.Errorf("%d winners, seats %+v", winners, seats)
	}
	w.agrees(nil)
	t.Logf("%d contenders told within %v", len(all), slices.Max(took).Round(time.Millisecond))
}

// Buyers with overlapping wishes never deadlock, and every seat that anybody holds is held once and as a whole.
func TestOverlappingWishesLeaveHoldsAndSeatsInStep(t *testing.T) {
	w := newWorld(t, inDatabase(t))
	all := w.buyers(12)
	var wait sync.WaitGroup
	for i, a := range all {
		wait.Go(func() {
			s := w.service()
			for round := range 5 {
				var want []string
				for j := range 1 + (i+round)%4 {
					want = append(want, fmt.Sprintf("stalls-A-%d", 1+(i*5+round*3+j*7)%12))
				}
				_, err := s.Choose(t.Context(), a, want)
				if code := problem.CodeOf(err); err != nil && code != problem.SeatTaken {
					t.Errorf("buyer %d: %v", i, err)
				}
			}
		})
	}
	wait.Wait()
	seats, err := w.seats.Snapshot(t.Context(), "main", "stalls")
	w.must(err)
	holder := map[string]string{}
	for _, one := range seats {
		if one.Status(w.now()) == seat.Locked {
			holder[one.ID] = one.Holder
		}
	}
	held := 0
	for _, a := range all {
		h, err := w.seats.Hold(t.Context(), "main", a.ID.String())
		w.must(err)
		for _, id := range h.Seats {
			held++
			if holder[id] != a.ID.String() {
				t.Errorf("%v has %s by its hold, and %q by the seat", a.ID, id, holder[id])
			}
		}
	}
	if held != len(holder) || held == 0 {
		t.Errorf("%d seats held, %d locked", held, len(holder))
	}
	w.agrees(nil)
}
