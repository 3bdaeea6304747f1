package seat_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	_ "foyer/internal/testkit/sameseed"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func rules() seat.Rules {
	return seat.Rules{
		PerBuyer: 3, LockFor: 5 * time.Minute, HoldMost: 10 * time.Minute, PayFor: 15 * time.Minute,
		Session: noon.Add(time.Hour),
	}
}

func TestChoose(t *testing.T) {
	held := seat.Hold{Seats: []string{"a", "b"}, Until: noon.Add(time.Minute), Since: noon.Add(-time.Minute), Version: 4}
	with := func(change func(*seat.Hold)) seat.Hold {
		h := held
		change(&h)
		return h
	}
	for name, c := range map[string]struct {
		hold               seat.Hold
		want               string
		keep, take, giveUp string
		until              time.Duration // from noon
		code               problem.Code
	}{
		"the first seats":           {seat.Hold{}, "b a", "", "a b", "", 5 * time.Minute, ""},
		"one kept, one for another": {held, "b c", "b", "c", "a", 5 * time.Minute, ""},
		"one more":                  {held, "a b c", "a b", "c", "", 5 * time.Minute, ""},
		"one less":                  {held, "a", "a", "", "b", 5 * time.Minute, ""},
		"the same again":            {held, "b a", "a b", "", "", time.Minute, ""},
		"none":                      {held, "", "", "", "a b", 0, ""},
		"none of none":              {seat.Hold{}, "", "", "", "", 0, ""},
		"after expiry all is new": {
			with(func(h *seat.Hold) { h.Until = noon }), "a c", "", "a c", "", 5 * time.Minute, "",
		},
		"none, after expiry": {with(func(h *seat.Hold) { h.Until = noon }), "", "", "", "", 0, ""},
		"never longer than HoldMost": {
			with(func(h *seat.Hold) { h.Since = noon.Add(-9 * time.Minute) }), "a c", "a", "c", "b", time.Minute, "",
		},
		"more than the limit": {held, "a b c d", "", "", "", 0, problem.Limit},
		"more than is left of it": {
			with(func(h *seat.Hold) { h.Bought = 2 }), "a b", "a b", "", "", time.Minute, "",
		},
		"another, with all bought": {
			with(func(h *seat.Hold) { h.Bought = 3 }), "c", "", "", "", 0, problem.Limit,
		},
		"at the end of HoldMost": {
			with(func(h *seat.Hold) { h.Since = noon.Add(-10 * time.Minute) }), "a c", "", "", "", 0, problem.Cooling,
		},
		"one twice": {held, "a a", "", "", "", 0, problem.Invalid},
		"nine":      {held, "1 2 3 4 5 6 7 8 9", "", "", "", 0, problem.Invalid},
		"another, during a payment": {
			with(func(h *seat.Hold) { h.Paying = true }), "a c", "", "", "", 0, problem.Paying,
		},
		"the same, during a payment": {
			with(func(h *seat.Hold) { h.Paying = true }), "a b", "a b", "", "", time.Minute, "",
		},
		"none, during a payment": {with(func(h *seat.Hold) { h.Paying = true }), "", "", "", "a b", 0, ""},
		"another, after a payment": {
			with(func(h *seat.Hold) { h.Paying, h.Until = true, noon }), "c", "", "c", "", 5 * time.Minute, "",
		},
		"chosen too often": {
			with(func(h *seat.Hold) { h.Pace = noon.Add(seat.ChoiceBurst * seat.ChoiceEvery) }), "a c", "", "", "", 0,
			problem.Cooling,
		},
		"chosen too often, but only to give up": {
			with(func(h *seat.Hold) { h.Pace = noon.Add(seat.ChoiceBurst * seat.ChoiceEvery) }), "a", "a", "", "b",
			5 * time.Minute, "",
		},
	} {
		p, err := c.hold.Choose(strings.Fields(c.want), rules(), noon)
		if problem.CodeOf(err) != c.code {
			t.Errorf("%s: error %v, want %q", name, err, c.code)
		}
		if c.code != "" {
			continue
		}
		got := [3]string{strings.Join(p.Keep, " "), strings.Join(p.Take, " "), strings.Join(p.GiveUp, " ")}
		if got != [3]string{c.keep, c.take, c.giveUp} {
			t.Errorf("%s: keep, take, give up %q", name, got)
		}
		until := time.Time{}
		if c.until > 0 || c.want == "" && !c.hold.Until.IsZero() {
			until = noon.Add(c.until)
		}
		if !p.After.Until.Equal(until) || !slices.Equal(p.After.Seats, slices.Sorted(slices.Values(strings.Fields(c.want)))) {
			t.Errorf("%s: %v until %v", name, p.After.Seats, p.After.Until)
		}
		if changes := !p.After.Same(p.Before); changes == p.Nothing() {
			t.Errorf("%s: nothing %v", name, p.Nothing())
		}
	}
}

func TestChoicesAreCooledDownToTheMillisecond(t *testing.T) {
	h, now := seat.Hold{}, noon
	choose := func() error {
		p, err := h.Choose([]string{"a"}, rules(), now)
		if err == nil {
			h = p.After
			h = h.Release(now).After
		}
		return err
	}
	for i := range seat.ChoiceBurst {
		if err := choose(); err != nil {
			t.Fatalf("choice %d: %v", i+1, err)
		}
	}
	var p *problem.Error
	if err := choose(); !errors.As(err, &p) || p.Code != problem.Cooling || p.RetryAfter != seat.ChoiceEvery {
		t.Fatalf("%v", err)
	}
	now = now.Add(seat.ChoiceEvery - time.Millisecond)
	if err := choose(); !errors.As(err, &p) || p.RetryAfter != time.Millisecond {
		t.Fatalf("a millisecond early: %v", err)
	}
	now = now.Add(time.Millisecond)
	if err := choose(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	for range seat.ChoiceBurst {
		if err := choose(); err != nil {
			t.Fatal("an hour gives no more than a burst, and no less:", err)
		}
	}
	if choose() == nil {
		t.Error("an hour gave more than a burst")
	}
}

func TestPayExtendsOnce(t *testing.T) {
	h, r := seat.Hold{Seats: []string{"a"}, Until: noon.Add(time.Minute), Version: 1}, rules()
	p, err := h.Pay("o1", r, noon)
	if err != nil || !p.After.Until.Equal(noon.Add(15*time.Minute)) || !p.After.Paying ||
		!slices.Equal(p.Wanted(), h.Seats) ||
		p.Nothing() {
		t.Fatalf("%+v %v", p, err)
	}
	again, err := p.After.Pay("o1", r, noon.Add(time.Second))
	if err != nil || !again.Nothing() || !again.After.Until.Equal(p.After.Until) {
		t.Errorf("the second time: %+v %v", again, err)
	}
	second, err := p.After.Pay("o2", r, noon.Add(time.Minute))
	if err != nil || second.Nothing() || !second.After.Until.Equal(p.After.Until) {
		t.Errorf("a second order: %+v %v", second, err)
	}
	late, err := h.Pay("o1", r, noon.Add(2*time.Minute))
	if err != nil || !slices.Equal(late.Take, []string{"a"}) {
		t.Errorf("after expiry: %+v %v", late, err)
	}
	if _, err := (seat.Hold{}).Pay("o1", r, noon); problem.CodeOf(err) != problem.NoSeats {
		t.Errorf("without seats: %v", err)
	}
}

// Whatever a buyer does and when, every plan is whole: what is wanted is kept or taken, what was held and isn't wanted
// is given up, no limit is passed, and no lock outlives its bounds.
func TestEveryPlanIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, now, r := seat.Hold{Zone: "main", Buyer: "me"}, noon, rules()
		r.PerBuyer = rapid.IntRange(1, seat.MaxPerBuyer).Draw(t, "limit")
		all := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 400_000).Draw(t, "ms")) * time.Millisecond)
			},
			"choose": func(t *rapid.T) {
				want := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 8, rapid.ID[string]).Draw(t, "want")
				p, err := h.Choose(want, r, now)
				if err != nil {
					return
				}
				check(t, h, p, want, r, now)
				h = p.After
			},
			"pay": func(t *rapid.T) {
				if p, err := h.Pay(rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(t, "order"), r, now); err == nil {
					h = p.After
				}
			},
			"buy": func(t *rapid.T) {
				if n := len(h.Seats); n > 0 && h.Bought+n <= r.PerBuyer {
					h.Since, h.PayBy = time.Time{}, time.Time{}
					h.Bought, h.Seats, h.Version = h.Bought+n, nil, h.Version+1
				}
			},
		})
	})
}

// Whatever a buyer does who never buys, and however often: nobody's seats are kept from others longer than swapping and
// paying may take, and then they are free for Rest.
func TestNothingThatABuyerDoesKeepsSeatsForLonger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, now, r := seat.Hold{Zone: "main", Buyer: "me"}, noon, rules()
		r.Session = noon.Add(1000 * time.Hour)
		most := r.HoldMost + r.PayFor
		var from, free time.Time // when seats were first held, and since when none is
		for range 200 {
			step := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 20 * time.Second, time.Minute, 4 * time.Minute})
			before := h
			now = now.Add(step.Draw(t, "wait"))
			if !before.Live(now) && free.IsZero() {
				free = before.Until
			}
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0:
				h = h.Release(now).After
			case 1, 2:
				if p, err := h.Choose([]string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "seat")}, r, now); err == nil {
					h = p.After
				}
			case 3:
				if p, err := h.Pay(rapid.SampledFrom([]string{"o1", "o2", "o3"}).Draw(t, "order"), r, now); err == nil {
					h = p.After
				}
			case 4:
				h = h.Unpay(now).After
			}
			if !h.Live(now) {
				continue
			}
			if from.IsZero() || !free.IsZero() && now.Sub(free) >= seat.Rest {
				from = now
			}
			free = time.Time{}
			if kept := h.Until.Sub(from); kept > most {
				t.Fatalf("seats are kept for %v", kept)
			}
		}
	})
}

func check(t *rapid.T, before seat.Hold, p seat.Plan, want []string, r seat.Rules, now time.Time) {
	slices.Sort(want)
	wanted := slices.Sorted(slices.Values(p.Wanted()))
	if !slices.Equal(wanted, want) || !slices.Equal(p.After.Seats, want) {
		t.Fatalf("wanted %v, planned %v and %v", want, wanted, p.After.Seats)
	}
	held := []string{}
	if before.Live(now) {
		held = before.Seats
	}
	if had := slices.Sorted(slices.Values(slices.Concat(p.Keep, p.GiveUp))); !slices.Equal(had, held) {
		t.Fatalf("had %v, keeps and gives up %v", held, had)
	}
	if p.Nothing() {
		return
	}
	if len(want) > 0 && len(want)+p.After.Bought > r.PerBuyer {
		t.Fatalf("%d of %d", len(want)+p.After.Bought, r.PerBuyer)
	}
	if u := p.After.Until; u.After(now.Add(r.LockFor)) || u.After(r.Session) ||
		len(want) > 0 && u.After(p.After.Since.Add(r.HoldMost)) && u.After(p.After.PayBy) ||
		p.After.PayBy.After(p.After.Since.Add(r.HoldMost+r.PayFor)) {
		t.Fatalf("until %v", u)
	}
	if p.After.Version != before.Version+1 {
		t.Fatalf("version %d after %d", p.After.Version, before.Version)
	}
}

func TestStatus(t *testing.T) {
	for name, c := range map[string]struct {
		seat   seat.Seat
		status seat.Status
		gone   bool
		free   bool // for "me"
	}{
		"untouched":     {seat.Seat{}, seat.Available, false, true},
		"mine":          {seat.Seat{Holder: "me", Until: noon.Add(1)}, seat.Locked, false, true},
		"locked":        {seat.Seat{Holder: "you", Until: noon.Add(1)}, seat.Locked, false, false},
		"at its end":    {seat.Seat{Holder: "you", Until: noon}, seat.Available, false, true},
		"being paid":    {seat.Seat{Holder: "you", Until: noon.Add(1), Paying: true}, seat.Locked, true, false},
		"paid too late": {seat.Seat{Holder: "you", Until: noon, Paying: true}, seat.Available, false, true},
		"given up":      {seat.Seat{Until: noon.Add(1)}, seat.Available, false, true},
		"sold":          {seat.Seat{Holder: "you", Order: "o"}, seat.Taken, true, false},
		"sold to me":    {seat.Seat{Holder: "me", Order: "o"}, seat.Taken, true, false},
		"the house's":   {seat.Seat{Holder: seat.House + "press", Until: seat.Forever}, seat.Taken, true, false},
	} {
		if c.seat.Status(noon) != c.status || c.seat.Gone(noon) != c.gone || c.seat.Free("me", noon) != c.free {
			t.Errorf("%s: %s, gone %v, free %v", name, c.seat.Status(noon), c.seat.Gone(noon), c.seat.Free("me", noon))
		}
	}
}
