package seat_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
)

// TestHoldsThatDifferAreNotTheSame changes one thing of a hold after the other: a write of one of them isn't the write
// of the other.
func TestHoldsThatDifferAreNotTheSame(t *testing.T) {
	hold := func() seat.Hold {
		return seat.Hold{Seats: []string{"a", "b"}, Types: seat.Types{"a": "child"}, Version: 3, Until: noon}
	}
	if !hold().Same(hold()) {
		t.Fatal("a hold isn't the same as itself")
	}
	for name, change := range map[string]func(*seat.Hold){
		"version": func(h *seat.Hold) { h.Version++ }, "seats": func(h *seat.Hold) { h.Seats = []string{"a", "c"} },
		"until": func(h *seat.Hold) { h.Until = noon.Add(1) }, "since": func(h *seat.Hold) { h.Since = noon },
		"payBy": func(h *seat.Hold) { h.PayBy = noon }, "paying": func(h *seat.Hold) { h.Paying = true },
		"bought": func(h *seat.Hold) { h.Bought++ }, "pace": func(h *seat.Hold) { h.Pace = noon },
		"pace of orders": func(h *seat.Hold) { h.OrderPace = noon }, "order": func(h *seat.Hold) { h.Order = "o1" },
		"types": func(h *seat.Hold) { h.Types = seat.Types{"b": "child"} },
	} {
		other := hold()
		if change(&other); hold().Same(other) {
			t.Errorf("%s: not seen", name)
		}
	}
}

// TestOrdersAreCooledDown makes one order after the other in an instant: the burst goes through, and then none.
func TestOrdersAreCooledDown(t *testing.T) {
	h, made := seat.Hold{Seats: []string{"a"}, Until: noon.Add(time.Minute), Since: noon}, 0
	var err error
	for err == nil && made <= 10*seat.OrderBurst {
		var p seat.Plan
		if p, err = h.Pay(string(rune('a'+made)), rules(), noon); err == nil {
			h, made = p.After, made+1
			h.Paying = false
		}
	}
	if problem.CodeOf(err) != problem.Cooling || made != seat.OrderBurst {
		t.Errorf("%d orders in an instant, then %v", made, err)
	}
	counted, many := seat.Hold{}, 0
	for err = nil; err == nil && many <= 100; many++ {
		var p seat.Plan
		if p, err = counted.Counted(time.Second, 20, noon); err == nil {
			counted = p.After
		}
	}
	if problem.CodeOf(err) != problem.Cooling || many < 20 || many > 22 {
		t.Errorf("%d orders of many buyers in an instant, then %v", many, err)
	}
	ahead := seat.Hold{OrderPace: noon.Add(seat.OrderBurst*seat.OrderEvery + time.Millisecond)}
	if problem.CodeOf(ahead.MayRetry(noon)) != problem.Cooling || ahead.MayRetry(noon.Add(time.Millisecond)) != nil {
		t.Errorf("an order that has counted goes on: %v, and a millisecond later: %v", ahead.MayRetry(noon),
			ahead.MayRetry(noon.Add(time.Millisecond)))
	}
}

func TestALimitSaysHowManySeats(t *testing.T) {
	for limit, want := range map[int]string{1: "limit: a buyer may have one seat", 4: "limit: a buyer may have 4 seats"} {
		if got := seat.LimitError(limit).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestAHoldingThatIsOverIsNotLengthened holds that neither a choice nor a payment begins after the holding's limits,
// and that both say when another may begin.
func TestAHoldingThatIsOverIsNotLengthened(t *testing.T) {
	old := seat.Hold{
		Seats: []string{"a"}, Until: noon.Add(time.Second), Since: noon.Add(-time.Hour), PayBy: noon.Add(-time.Minute),
		Version: 2,
	}
	if p, err := old.Choose([]string{"b"}, rules(), noon); problem.CodeOf(err) != problem.Cooling {
		t.Errorf("another seat until %v, %v", p.After.Until, err)
	}
	old.Until = noon.Add(-time.Second)
	if p, err := old.Pay("o1", rules(), noon); problem.CodeOf(err) != problem.Cooling {
		t.Errorf("a payment until %v, %v", p.After.Until, err)
	}
	for late, want := range map[time.Duration]problem.Code{-time.Millisecond: problem.Cooling, 0: ""} {
		if _, err := old.Choose([]string{"b"}, rules(), old.Until.Add(seat.Rest+late)); problem.CodeOf(err) != want {
			t.Errorf("another holding %v after the rest: %v", late, err)
		}
	}
}

func TestEightSeatsMayBeHeldWhereTheZoneAllowsThem(t *testing.T) {
	r := rules()
	r.PerBuyer = seat.MaxPerBuyer
	p, err := seat.Hold{}.Choose([]string{"1", "2", "3", "4", "5", "6", "7", "8"}, r, noon)
	if err != nil || len(p.After.Seats) != 8 {
		t.Errorf("%v, %v", p.After.Seats, err)
	}
}

// Another price type of the same seats is another choice, within the limit of the type: with what was bought at it.
func TestPriceTypesAreChosenWithinTheirLimits(t *testing.T) {
	r := rules()
	r.MostAt = map[string]int{"child": 2}
	h := seat.Hold{
		Seats: []string{"a", "b"}, Until: noon.Add(time.Minute), Since: noon, Version: 1,
		BoughtAt: map[string]int{"child": 1},
	}
	one, two := seat.Types{"a": "child"}, seat.Types{"a": "child", "b": "child"}
	p, err := h.ChooseAt([]string{"a", "b"}, one, r, noon)
	if err != nil || p.Nothing() || p.After.Types["a"] != "child" {
		t.Fatalf("%+v, %v", p.After, err)
	}
	if p, err := p.After.ChooseAt([]string{"a", "b"}, one, r, noon); err != nil || !p.Nothing() {
		t.Errorf("the same again: %+v, %v", p.After, err)
	}
	if _, err := h.ChooseAt([]string{"a", "b"}, two, r, noon); problem.CodeOf(err) != problem.Limit {
		t.Errorf("one more than a buyer may have: %v", err)
	}
	if err := two.Within(map[string]int{"student": 0}, nil); err != nil {
		t.Errorf("another type's limit: %v", err)
	}
}

// A hold without seats has nothing that lives, ends or could be paid.
func TestAHoldWithoutSeats(t *testing.T) {
	h := seat.Hold{Until: noon.Add(time.Minute), Version: 3}
	if h.Live(noon) || !h.Release(noon).Nothing() {
		t.Errorf("live %v, released %+v", h.Live(noon), h.Release(noon).After)
	}
	if _, err := h.Pay("o1", rules(), noon); problem.CodeOf(err) != problem.NoSeats {
		t.Error(err)
	}
}

// An order that is repeated changes a hold only where the payment isn't under way: after a refusal, and after the end.
func TestAnOrderThatIsRepeated(t *testing.T) {
	h := seat.Hold{
		Seats: []string{"a"}, Until: noon.Add(time.Minute), Since: noon, Order: "o1", OrderPace: noon, Paying: true,
		Version: 2,
	}
	with := func(change func(*seat.Hold)) seat.Hold {
		other := h
		change(&other)
		return other
	}
	for name, c := range map[string]struct {
		hold    seat.Hold
		nothing bool
		code    problem.Code
	}{
		"under way":       {h, true, ""},
		"after a refusal": {with(func(h *seat.Hold) { h.Paying = false }), false, ""},
		"after the end":   {with(func(h *seat.Hold) { h.Until = noon }), false, ""},
		"after its time to pay": {
			with(func(h *seat.Hold) { h.Until, h.PayBy = noon, noon }), false, problem.Cooling,
		},
		"after too many failed": {
			with(func(h *seat.Hold) { h.OrderPace = noon.Add(seat.OrderBurst*seat.OrderEvery + 1) }), false, problem.Cooling,
		},
	} {
		p, err := c.hold.Pay("o1", rules(), noon)
		if problem.CodeOf(err) != c.code || err == nil && p.Nothing() != c.nothing {
			t.Errorf("%s: nothing %v, %v", name, p.Nothing(), err)
		}
		if err == nil && !c.nothing && (!p.After.Paying || !p.After.Live(noon)) {
			t.Errorf("%s: %+v", name, p.After)
		}
	}
	if p := h.Unpay(noon); p.Nothing() || p.After.Paying {
		t.Errorf("given up: %+v", p.After)
	}
	for name, other := range map[string]seat.Hold{
		"not under way": with(func(h *seat.Hold) { h.Paying = false }),
		"over":          with(func(h *seat.Hold) { h.Until = noon }),
	} {
		if p := other.Unpay(noon); !p.Nothing() {
			t.Errorf("given up, though it is %s: %+v", name, p.After)
		}
	}
}

// One order is no repetition; two in a moment are.
func TestRepeats(t *testing.T) {
	h := seat.Hold{Seats: []string{"a"}, Until: noon.Add(time.Minute), Since: noon}
	for i, want := range []bool{false, true} {
		p, err := h.Pay(string(rune('a'+i)), rules(), noon)
		if err != nil {
			t.Fatal(err)
		}
		if h = p.After; h.Repeats(noon) != want {
			t.Errorf("after %d orders: repeats %v", i+1, !want)
		}
	}
}
