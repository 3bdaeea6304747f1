package choose_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

// sells loads price types into the world's map.
func (w *world) sells(types []venue.Type, prices ...venue.TypePrice) {
	w.Helper()
	v := theatre(w.TB)
	v.Types = types
	for i := range v.Categories {
		v.Categories[i].Prices = prices
	}
	w.must(v.Validate())
	_, err := w.loader().Load(w.Context(), "main", v)
	w.must(err)
	w.Maps = &seatmap.Maps{Store: w.seats, Now: w.now}
}

func TestPriceTypes(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.SeatsPerBuyer = 6
	w.zone.Version++
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	w.sells([]venue.Type{
		{ID: "standard", Name: "Adult"}, {ID: "child", Name: "Child", Most: 2},
		{ID: "carer", Name: "Carer", For: "companion"}, {ID: "senior", Name: "Senior"},
	}, venue.TypePrice{Type: "child", Price: 1000}, venue.TypePrice{Type: "carer", Price: 0})
	me := w.buyers(1)[0]
	full, _ := theatre(t).Price("B")
	seats := []string{"stalls-L-1", "stalls-L-2", "stalls-L-5", "stalls-L-6"}
	for _, c := range []struct {
		name  string
		seats []string
		types seat.Types
		total int64
		code  problem.Code
	}{
		{"none is chosen", seats[2:], nil, 2 * full, ""},
		{"a child", seats[2:], seat.Types{seats[2]: "child"}, full + 1000, ""},
		{"the same again", seats[2:], seat.Types{seats[2]: "child", seats[3]: "standard"}, full + 1000, ""},
		{"the other is the child", seats[2:], seat.Types{seats[3]: "child"}, full + 1000, ""},
		{"a carer at a companion's seat", seats[:2], seat.Types{seats[1]: "carer"}, full, ""},
		{"a carer elsewhere", seats[2:], seat.Types{seats[2]: "carer"}, 0, problem.Invalid},
		{"a type that isn't", seats[2:], seat.Types{seats[2]: "dog"}, 0, problem.Invalid},
		{"a type that has no price here", seats[2:], seat.Types{seats[2]: "senior"}, 0, problem.Invalid},
		{"a type of a seat that isn't chosen", seats[2:], seat.Types{seats[0]: "child"}, 0, problem.Invalid},
		{"too many children", append(seats[2:], "stalls-L-7"), seat.Types{seats[2]: "child", seats[3]: "child",
			"stalls-L-7": "child"}, 0, problem.Limit},
		{"as many as may be", seats, seat.Types{seats[1]: "carer", seats[2]: "child", seats[3]: "child"}, full + 2000, ""},
	} {
		held, err := w.ChooseAt(t.Context(), me, c.seats, c.types)
		if problem.CodeOf(err) != c.code || held.Total != c.total {
			t.Errorf("%s: %v, %d, want %q, %d", c.name, err, held.Total, c.code, c.total)
		}
	}
	held, err := w.Pay(t.Context(), me, "o1")
	w.must(err)
	var names []string
	for _, l := range held.Lines {
		names = append(names, l.Type+" "+l.TypeName)
	}
	want := "[standard Adult carer Carer child Child child Child]"
	if held.Total != full+2000 || fmt.Sprint(names) != want {
		t.Errorf("to pay: %d for %v, want %s", held.Total, names, want)
	}
	_, err = w.ChooseAt(t.Context(), me, seats, nil)
	if problem.CodeOf(err) != problem.Paying {
		t.Errorf("other types while paying: %v", err)
	}
}

func TestTheBestSeatsAtPriceTypes(t *testing.T) {
	w := newWorld(t, inMemory())
	w.sells([]venue.Type{
		{ID: "standard", Name: "Adult"}, {ID: "child", Name: "Child", Most: 2}, {ID: "member", Name: "Member"},
		{ID: "carer", Name: "Carer", For: "companion"}, {ID: "wheels", Name: "Wheelchair user", For: "accessible"},
	}, venue.TypePrice{Type: "child", Price: 1000}, venue.TypePrice{Type: "carer", Price: 0},
		venue.TypePrice{Type: "wheels", Price: 2000})
	front, _ := theatre(t).Price("A")
	all := w.buyers(8)
	for i, c := range []struct {
		name  string
		wish  venue.Wish
		types string
		total int64
		code  problem.Code
	}{
		{"a child among three", venue.Wish{N: 3, Types: map[string]int{"child": 1}}, "map[child:1]", 2*front + 1000, ""},
		{"a wheelchair user and a carer", venue.Wish{N: 2, Accessible: true, Types: map[string]int{"carer": 1, "wheels": 1}},
			"map[carer:1 wheels:1]", 2000, ""},
		{"standard is said", venue.Wish{N: 2, Types: map[string]int{"standard": 2, "child": 0}}, "map[]", 2 * front, ""},
		{"too many children", venue.Wish{N: 3, Types: map[string]int{"child": 3}}, "map[]", 0, problem.Limit},
		{"more than there are seats", venue.Wish{N: 2, Types: map[string]int{"child": 3}}, "map[]", 0, problem.Invalid},
		{"a carer alone", venue.Wish{N: 1, Types: map[string]int{"carer": 1}}, "map[]", 0, problem.Invalid},
		{"a type that isn't", venue.Wish{N: 1, Types: map[string]int{"dog": 1}}, "map[]", 0, problem.Invalid},
		{"a type that no seat is sold at", venue.Wish{N: 1, Types: map[string]int{"member": 1}}, "map[]", 0,
			problem.NoSeats},
	} {
		held, err := w.Best(t.Context(), all[i], c.wish)
		if problem.CodeOf(err) != c.code || held.Total != c.total || fmt.Sprint(held.Types.Count()) != c.types {
			t.Errorf("%s: %v, %d for %v; want %q, %d for %s", c.name, err, held.Total, held.Types, c.code, c.total, c.types)
		}
	}
}

// A search costs reads of many sections, also where the buyer may not have what is found.
func TestASearchForMoreThanTheLimitIsPaced(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	n, err := 0, error(nil)
	for ; problem.CodeOf(err) != problem.Cooling && n < 100; n++ {
		if _, err = w.Best(t.Context(), me, venue.Wish{N: w.zone.SeatsPerBuyer + 1}); err == nil {
			t.Fatal("more than the limit")
		}
	}
	if n > seat.ChoiceBurst+1 {
		t.Errorf("%d searches in an instant", n)
	}
}

// Another price type costs a write: a buyer who changes it on and on has to wait.
func TestPriceTypesArePaced(t *testing.T) {
	w := newWorld(t, inMemory())
	w.sells([]venue.Type{{ID: "child", Name: "Child"}}, venue.TypePrice{Type: "child", Price: 1000})
	me := w.buyers(1)[0]
	n, err := 0, error(nil)
	for ; err == nil && n < 200; n++ {
		types := seat.Types{}
		if n%2 == 1 {
			types["stalls-A-1"] = "child"
		}
		_, err = w.ChooseAt(t.Context(), me, []string{"stalls-A-1"}, types)
	}
	most := int(seat.ChoiceBurst * seat.ChoiceEvery / seat.MissEvery)
	if problem.CodeOf(err) != problem.Cooling || n > most+1 {
		t.Errorf("after %d changes: %v", n, err)
	}
	w.pass(time.Minute)
	if _, err := w.ChooseAt(t.Context(), me, nil, nil); err != nil {
		t.Error(err)
	}
}
