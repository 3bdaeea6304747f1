// Package saletest holds the contracts of the sale's stores: seat.Store, seat.Board, venue.Store, order.Store,
// viewers.Store, viewers.Pace and once.Store. Every implementation runs them.
package saletest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
)

// Seats runs the contract of seat.Store.
func Seats(t *testing.T, fresh func(*testing.T) seat.Store) {
	for name, story := range map[string]func(*testing.T, seat.Store){
		"a plan becomes true as a whole":                      planIsKept,
		"a swap keeps, takes and gives up at once":            swap,
		"a lock is exclusive until it expires":                exclusive,
		"one seat in the way undoes the whole plan":           allOrNothing,
		"only its holder gives a seat up, and only unsold":    givenUp,
		"a plan of an old hold is refused":                    staleHold,
		"a plan that had landed is success":                   planAgain,
		"misses and failed orders are counted":                counted,
		"a payment marks its locks":                           paying,
		"a sale takes seats that are held":                    settle,
		"an expired lock that nobody took still buys":         settleExpired,
		"a seat that is somebody else's isn't sold":           settleLost,
		"nobody buys more than the limit":                     settleLimit,
		"price types are held, bought and given back":         priceTypes,
		"nobody buys more than a type's limit":                settleTypeLimit,
		"a refund makes seats available":                      free,
		"the house holds and releases":                        house,
		"of ten buyers of one seat one gets it":               oneOfTenLocks,
		"of crossing wishes one comes through or nobody":      crossing,
		"of a sale and a lock after expiry one comes through": settleOrLock,
		"of one buyer's two choices one comes through":        twoChoices,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fresh(t))
		})
	}
}

// buyer is the n-th buyer's id.
func buyer(n int) string { return contract.Visitor(n).Visitor().String() }

// lenient rules, so that a story meets no others than those it is about.
func lenient() seat.Rules {
	return seat.Rules{PerBuyer: 8, LockFor: time.Minute, HoldMost: time.Hour, Session: contract.After(3_600_000)}
}

// choose plans, from the hold as it stands, and locks.
func choose(t *testing.T, s seat.Store, who string, now time.Time, seats ...string) (seat.Hold, error) {
	t.Helper()
	h, err := s.Hold(t.Context(), "main", who)
	contract.Must(t, err)
	p, err := h.Choose(seats, lenient(), now)
	contract.Must(t, err)
	return p.After, s.Lock(t.Context(), p)
}

func chosen(t *testing.T, s seat.Store, who string, now time.Time, seats ...string) seat.Hold {
	t.Helper()
	h, err := choose(t, s, who, now, seats...)
	contract.Must(t, err)
	return h
}

// holds checks a buyer's hold.
func holds(t *testing.T, s seat.Store, want seat.Hold) {
	t.Helper()
	got, err := s.Hold(t.Context(), want.Zone, want.Buyer)
	contract.Must(t, err)
	contract.Same(t, "the hold", got, want)
}

// shows checks what a section shows, seat by seat: "id status version", by the time now.
func shows(t *testing.T, s seat.Store, now time.Time, want ...string) {
	t.Helper()
	seats, err := s.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	var got []string
	for _, one := range seats {
		got = append(got, fmt.Sprintf("%s %s %d", one.ID, one.Status(now), one.Version))
	}
	contract.Same(t, "the section", got, want)
}

// lost checks that err names exactly these seats.
func lost(t *testing.T, err error, want ...string) {
	t.Helper()
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != problem.SeatTaken {
		t.Errorf("not the error of a taken seat: %v", err)
		return
	}
	slices.Sort(p.Seats)
	contract.Same(t, "the seats in the way", p.Seats, want)
}

func wants(t *testing.T, err error, code problem.Code) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

func planIsKept(t *testing.T, s seat.Store) {
	holds(t, s, seat.Hold{Zone: "main", Buyer: buyer(1)})
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2")
	contract.Same(t, "version", h.Version, int64(1))
	holds(t, s, h)
	shows(t, s, contract.After(0), "a-1-1 l 1", "a-1-2 l 1")
	shows(t, s, contract.After(60_000), "a-1-1 a 1", "a-1-2 a 1")
	for _, elsewhere := range [][2]string{{"main", "b"}, {"mai", "a"}, {"other", "a"}} {
		seats, err := s.Snapshot(t.Context(), elsewhere[0], elsewhere[1])
		contract.Must(t, err)
		contract.Same(t, "seats elsewhere", len(seats), 0)
	}
	h = chosen(t, s, buyer(1), contract.After(10))
	holds(t, s, h)
	shows(t, s, contract.After(10), "a-1-1 a 2", "a-1-2 a 2")
}

func swap(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2")
	h := chosen(t, s, buyer(1), contract.After(5), "a-1-2", "a-1-3")
	holds(t, s, h)
	shows(t, s, contract.After(5), "a-1-1 a 2", "a-1-2 l 2", "a-1-3 l 1")
	seats, err := s.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	contract.Same(t, "who gave up", seats[0].Holder, "")
	contract.Same(t, "who keeps", []any{seats[1].Holder, seats[1].Until}, []any{buyer(1), h.Until})
	chosen(t, s, buyer(2), contract.After(5), "a-1-1")
}

func exclusive(t *testing.T, s seat.Store) {
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	_, err := choose(t, s, buyer(2), h.Until.Add(-time.Millisecond), "a-1-1")
	lost(t, err, "a-1-1")
	chosen(t, s, buyer(2), h.Until, "a-1-1")
	_, err = choose(t, s, buyer(1), h.Until, "a-1-1")
	lost(t, err, "a-1-1")
}

func allOrNothing(t *testing.T, s seat.Store) {
	chosen(t, s, buyer(1), contract.After(0), "a-1-2", "b-1-1")
	h := chosen(t, s, buyer(2), contract.After(0), "a-1-4")
	_, err := choose(t, s, buyer(2), contract.After(1), "a-1-1", "a-1-2", "a-1-3", "b-1-1")
	lost(t, err, "a-1-2", "b-1-1")
	holds(t, s, h)
	shows(t, s, contract.After(1), "a-1-2 l 1", "a-1-4 l 1")
}

func givenUp(t *testing.T, s seat.Store) {
	// A buyer whose clock is behind still believes in a lock that expired, and that somebody else has by now.
	old := chosen(t, s, buyer(1), contract.After(0), "a-1-1", "a-1-2")
	chosen(t, s, buyer(2), contract.After(60_000), "a-1-1")
	lost(t, s.Lock(t.Context(), old.Release(contract.After(59_999))), "a-1-1")
	shows(t, s, contract.After(60_001), "a-1-1 l 2", "a-1-2 a 1")
	holds(t, s, old)

	// A seat that was sold to its holder is no lock any more, whatever a plan says.
	mine := chosen(t, s, buyer(3), contract.After(0), "a-1-3")
	contract.Must(t, s.Settle(t.Context(), seat.Settlement{
		Zone: "main", Buyer: buyer(3), Order: "o1", Limit: 8, Seats: []string{"a-1-3"},
	}))
	now, err := s.Hold(t.Context(), "main", buyer(3))
	contract.Must(t, err)
	plan := mine.Release(contract.After(1))
	plan.Before, plan.After.Version, plan.After.Bought = now, now.Version+1, now.Bought
	lost(t, s.Lock(t.Context(), plan), "a-1-3")
	shows(t, s, contract.After(60_001), "a-1-1 l 2", "a-1-2 a 1", "a-1-3 t 2")
}

func staleHold(t *testing.T, s seat.Store) {
	before, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	p, err := before.Choose([]string{"a-1-2"}, lenient(), contract.After(1))
	contract.Must(t, err)
	wants(t, s.Lock(t.Context(), p), problem.Conflict)
	holds(t, s, h)
	shows(t, s, contract.After(1), "a-1-1 l 1")
}

func planAgain(t *testing.T, s seat.Store) {
	h, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	p, err := h.Choose([]string{"a-1-1", "a-1-2"}, lenient(), contract.After(0))
	contract.Must(t, err)
	contract.Must(t, s.Lock(t.Context(), p))
	contract.Must(t, s.Lock(t.Context(), p))
	holds(t, s, p.After)
	shows(t, s, contract.After(0), "a-1-1 l 1", "a-1-2 l 1")
	release := p.After.Release(contract.After(1))
	contract.Must(t, s.Lock(t.Context(), release))
	contract.Must(t, s.Lock(t.Context(), release))
	holds(t, s, release.After)
	wants(t, s.Lock(t.Context(), p), problem.Conflict) // long past
}

func paying(t *testing.T, s seat.Store) {
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	rules := lenient()
	rules.PayFor = 899 * time.Second
	p, err := h.Pay("o1", rules, contract.After(1000))
	contract.Must(t, err)
	contract.Must(t, s.Lock(t.Context(), p))
	holds(t, s, p.After)
	seats, err := s.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	contract.Same(
		t,
		"the seat",
		seats,
		[]seat.Seat{
			{
				ID:      "a-1-1",
				Holder:  buyer(1),
				Until:   contract.After(900_000),
				Paying:  true,
				Version: 2,
				Changed: contract.After(1000),
			},
		},
	)
	holds(t, s, chosen(t, s, buyer(1), contract.After(2000))) // cancelled: the holding goes on
	h = chosen(t, s, buyer(1), contract.After(2001), "a-1-1")
	contract.Same(t, "the holding", []time.Time{h.Since, h.PayBy}, []time.Time{contract.After(0), contract.After(900_000)})
	holds(t, s, h)
	seats, err = s.Snapshot(t.Context(), "main", "a")
	contract.Must(t, err)
	contract.Same(t, "paying", seats[0].Paying, false)
}

func counted(t *testing.T, s seat.Store) {
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	for _, p := range []seat.Plan{
		h.Missed(seat.MissEvery, contract.After(1)), h.Missed(seat.ChoiceEvery, contract.After(90_000)),
		h.OrderFailed(contract.After(2)),
	} {
		p.Before.Version, p.After.Version = h.Version, h.Version+1
		contract.Must(t, s.Lock(t.Context(), p))
		contract.Must(t, s.Lock(t.Context(), p))
		holds(t, s, p.After)
		h = p.After
	}
	shows(t, s, contract.After(0), "a-1-1 l 1")
	p, err := seat.Hold{Zone: "main", Buyer: "~orders"}.Counted(time.Second, 1, contract.After(0))
	contract.Must(t, err)
	contract.Must(t, s.Lock(t.Context(), p))
	holds(t, s, p.After)
}

// sale is a settlement of the first buyer's.
func house(t *testing.T, s seat.Store) {
	ctx := t.Context()
	h := chosen(t, s, buyer(1), contract.After(0), "a-1-1")
	left, err := s.House(ctx, "main", "press", []string{"a-1-1", "a-1-2", "a-1-3"}, false, contract.After(1))
	contract.Must(t, err)
	contract.Same(t, "left alone", left, []string{"a-1-1"})
	shows(t, s, contract.After(1), "a-1-1 l 1", "a-1-2 t 1", "a-1-3 t 1")
	left, err = s.House(ctx, "main", "press", []string{"a-1-2"}, false, contract.After(1)) // again
	contract.Must(t, err)
	contract.Same(t, "left alone", len(left), 0)
	left, err = s.House(ctx, "main", "crew", []string{"a-1-2"}, false, contract.After(1))
	contract.Must(t, err)
	contract.Same(t, "left alone", left, []string{"a-1-2"})
	_, err = choose(t, s, buyer(2), contract.After(1), "a-1-2")
	lost(t, err, "a-1-2")
	left, err = s.House(ctx, "main", "crew", []string{"a-1-2", "a-9-9"}, true, contract.After(1))
	contract.Must(t, err)
	contract.Same(t, "left alone", left, []string{"a-1-2"})
	for range 2 {
		left, err = s.House(ctx, "main", "press", []string{"a-1-2"}, true, contract.After(1))
		contract.Must(t, err)
		contract.Same(t, "left alone", len(left), 0)
	}
	shows(t, s, contract.After(1), "a-1-1 l 1", "a-1-2 a 2", "a-1-3 t 1")
	left, err = s.House(ctx, "main", "press", []string{"a-1-1"}, true, h.Until)
	contract.Must(t, err)
	contract.Same(t, "a buyer's, whose time is over, isn't the house's to release", left, []string{"a-1-1"})
	left, err = s.House(ctx, "main", "press", []string{"a-1-1"}, false, h.Until)
	contract.Must(t, err)
	contract.Same(t, "left alone", len(left), 0)
}

func typed(t *testing.T, s seat.Store, types seat.Types, seats ...string) seat.Hold {
	t.Helper()
	h, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	p, err := h.ChooseAt(seats, types, lenient(), contract.After(0))
	contract.Must(t, err)
	contract.Must(t, s.Lock(t.Context(), p))
	return p.After
}

func priceTypes(t *testing.T, s seat.Store) {
	all := seat.Types{"a-1-1": "child", "a-1-2": "child", "a-1-3": "carer"}
	h := typed(t, s, all, "a-1-1", "a-1-2", "a-1-3", "a-1-4")
	holds(t, s, h)
	contract.Same(t, "types", h.Types, all)
	h = typed(t, s, seat.Types{"a-1-1": "child", "a-1-3": "carer"}, "a-1-1", "a-1-2", "a-1-3")
	holds(t, s, h)
	st := seat.Settlement{
		Zone: "main", Buyer: buyer(1), Order: "o1", Seats: []string{"a-1-1", "a-1-2"}, Limit: 8,
		Types: seat.Types{"a-1-1": "child"}, MostAt: map[string]int{"child": 1},
	}
	contract.Must(t, s.Settle(t.Context(), st))
	contract.Must(t, s.Settle(t.Context(), st))
	got, err := s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	contract.Same(t, "types still held", got.Types, seat.Types{"a-1-3": "carer"})
	contract.Same(t, "bought at each type", got.BoughtAt, map[string]int{"child": 1})
	holds(t, s, typed(t, s, nil, "a-1-3"))
	contract.Must(t, s.Free(t.Context(), st))
	contract.Must(t, s.Free(t.Context(), st))
	got, err = s.Hold(t.Context(), "main", buyer(1))
	contract.Must(t, err)
	contract.Same(t, "bought", got.Bought, 0)
	contract.Same(t, "bought at each type", got.BoughtAt, map[string]int{"child": 0})
}
