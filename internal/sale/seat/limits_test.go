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
}
