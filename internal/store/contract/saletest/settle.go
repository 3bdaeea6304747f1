package saletest

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

func sale(order string, limit int, seats ...string) seat.Settlement {
	return seat.Settlement{Zone: "main", Buyer: buyer(1), Order: order, Seats: seats, Limit: limit}
}

func settle(t *testing.T, s seat.Store) {
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2", "a-1-3")
	contract.Must(t, s.Settle(t.Context(), sale("o1", 4, "a-1-1", "a-1-2")))
	h.Bought, h.Version, h.Seats = 2, h.Version+1, []string{"a-1-3"}
	h.Since, h.PayBy = time.Time{}, time.Time{} // the holding is over
	holds(t, s, h)
	shows(t, s, contract.After(900_000), "a-1-1 t 2", "a-1-2 t 2", "a-1-3 a 1")
	contract.Must(t, s.Settle(t.Context(), sale("o1", 4, "a-1-1", "a-1-2"))) // again
	holds(t, s, h)
	changed(t, s, "a-1-1", contract.After(0)) // nobody said when it was sold
	late := sale("o2", 4, "a-1-3")
	late.At = contract.After(5000)
	contract.Must(t, s.Settle(t.Context(), late))
	changed(t, s, "a-1-3", contract.After(5000))
	for name, who := range map[string]string{"another buyer": buyer(2), "the buyer": buyer(1)} {
		_, err := choose(t, s, who, contract.After(900_000), "a-1-1")
		if lost(t, err, "a-1-1"); t.Failed() {
			t.Fatalf("%s had a seat that was sold", name)
		}
	}
}

// changed checks when a seat of section a was changed last.
func changed(t *testing.T, s seat.Store, id string, want time.Time) {
	t.Helper()
	seats, err := s.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	for _, one := range seats {
		if one.ID == id {
			contract.Same(t, id+" was changed at", one.Changed, want)
		}
	}
}

func settleExpired(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	chosen(t, s, buyer(1), contract.After(70_000), "a-1-2") // the first lock is over, and its seat still nobody else's
	contract.Must(t, s.Settle(t.Context(), sale("o1", 4, "a-1-1")))
	shows(t, s, contract.After(70_000), "a-1-1 t 2", "a-1-2 l 1")
}

func settleLost(t *testing.T, s seat.Store) {
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2")
	chosen(t, s, buyer(2), h.Until, "a-1-2")
	lost(t, s.Settle(t.Context(), sale("o1", 4, "a-1-1", "a-1-2")), "a-1-2")
	holds(t, s, h)
	shows(t, s, h.Until, "a-1-1 a 1", "a-1-2 l 2")
	lost(t, s.Settle(t.Context(), sale("o1", 4, "a-1-2", "a-9-9")), "a-1-2", "a-9-9")
}

func settleLimit(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	chosen(t, s, buyer(1), contract.After(70_000), "a-1-2")
	contract.Must(t, s.Settle(t.Context(), sale("o1", 1, "a-1-1")))
	wants(t, s.Settle(t.Context(), sale("o2", 1, "a-1-2")), problem.Limit)
	shows(t, s, contract.After(70_000), "a-1-1 t 2", "a-1-2 l 1")
	contract.Must(t, s.Settle(t.Context(), sale("o2", 2, "a-1-2")))
	wants(t, s.Settle(t.Context(), sale("o3", 1, "a-1-3", "a-1-4")), problem.Limit)
}

func free(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2")
	contract.Must(t, s.Settle(t.Context(), sale("o1", 4, "a-1-1", "a-1-2")))
	lost(t, s.Free(t.Context(), sale("o2", 4, "a-1-1")), "a-1-1")
	contract.Must(t, s.Free(t.Context(), sale("o1", 4, "a-1-1", "a-1-2")))
	shows(t, s, contract.After(1), "a-1-1 a 3", "a-1-2 a 3")
	chosen(t, s, buyer(2), contract.After(1), "a-1-1")
	contract.Must(t, s.Free(t.Context(), sale("o1", 4, "a-1-1", "a-1-2"))) // again
	shows(t, s, contract.After(1), "a-1-1 l 4", "a-1-2 a 3")
	h, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	contract.Same(t, "bought", h.Bought, 0)

	for n, id := range []string{"a-2-1", "a-2-2"} { // to the sale, and to the house
		order := "back to " + id
		chosen(t, s, buyer(1), contract.After(40_000), id)
		contract.Must(t, s.Settle(t.Context(), sale(order, 4, id)))
		back := sale(order, 4, id)
		if back.At = contract.After(50_000 + n); n == 1 {
			back.ToHouse = back.Seats
		}
		contract.Must(t, s.Free(t.Context(), back))
		changed(t, s, id, back.At)
	}
}

func isTaken(err error) bool { return problem.CodeOf(err) == problem.SeatTaken }

func oneOfTenLocks(t *testing.T, s seat.Store) {
	var plans []seat.Plan
	for i := range 10 {
		h := seat.Hold{Zone: "main", Buyer: buyer(i)}
		p, err := h.Choose([]string{"a-1-1", fmt.Sprintf("a-2-%d", i)}, lenient(), contract.After(i))
		contract.Must(t, err)
		plans = append(plans, p)
	}
	winner := contract.OneWinner(
		t,
		contract.Race(len(plans), func(i int) error { return s.Lock(t.Context(), plans[i]) }),
		isTaken,
	)
	shows(t, s, contract.After(100), "a-1-1 l 1", fmt.Sprintf("a-2-%d l 1", winner))
	holds(t, s, plans[winner].After)
}

func crossing(t *testing.T, s seat.Store) {
	results := contract.Race(2, func(i int) error {
		_, err := choose(t, s, buyer(i), contract.After(i), fmt.Sprintf("a-1-%d", 1+i), fmt.Sprintf("a-1-%d", 2-i))
		return err
	})
	contract.OneWinner(t, results, isTaken)
}

func settleOrLock(t *testing.T, s seat.Store) {
	for i := range 5 {
		id := fmt.Sprintf("a-1-%d", i)
		now := contract.After(i * 100_000)
		h := chosen(t, s, buyer(1), now, id)
		rival, err := seat.Hold{Zone: "main", Buyer: buyer(10 + i)}.Choose([]string{id}, lenient(), h.Until)
		contract.Must(t, err)
		contract.OneWinner(t, contract.Race(2, func(j int) error {
			if j == 0 {
				return s.Lock(t.Context(), rival)
			}
			return s.Settle(t.Context(), sale(fmt.Sprint("o", i), 8, id))
		}), isTaken)
	}
}

func twoChoices(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	h, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	winner := contract.OneWinner(t, contract.Race(5, func(i int) error {
		p, err := h.Choose([]string{"a-1-1", fmt.Sprintf("a-2-%d", i)}, lenient(), contract.After(10+i))
		if err != nil {
			return err
		}
		return s.Lock(t.Context(), p)
	}), contract.IsConflict)
	shows(t, s, contract.After(20), "a-1-1 l 2", fmt.Sprintf("a-2-%d l 1", winner))
}

// typed locks seats of the first buyer at price types.
func settleTypeLimit(t *testing.T, s seat.Store) {
	children := seat.Types{"a-1-1": "child", "a-1-2": "child", "a-1-3": "child"}
	typed(t, s, children, "a-1-1", "a-1-2", "a-1-3", "a-1-4")
	sale := func(order string, types seat.Types, seats ...string) error {
		return s.Settle(t.Context(), seat.Settlement{
			Zone: "main", Buyer: buyer(1), Order: order, Seats: seats, Limit: 8, Types: types,
			MostAt: map[string]int{"child": 2},
		})
	}
	wants(t, sale("o1", children, "a-1-1", "a-1-2", "a-1-3"), problem.Limit)
	contract.Must(t, sale("o2", seat.Types{"a-1-1": "child"}, "a-1-1", "a-1-4"))
	wants(t, sale("o3", seat.Types{"a-1-2": "child", "a-1-3": "child"}, "a-1-2", "a-1-3"), problem.Limit)
	contract.Must(t, sale("o4", seat.Types{"a-1-2": "child"}, "a-1-2"))
	wants(t, sale("o5", seat.Types{"a-1-3": "child"}, "a-1-3"), problem.Limit)
	contract.Must(t, sale("o6", nil, "a-1-3"))
	got, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	contract.Same(t, "bought", got.Bought, 4)
	contract.Same(t, "bought at each type", got.BoughtAt, map[string]int{"child": 2})
}
