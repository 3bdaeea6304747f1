package venue_test

import (
	"maps"
	"strings"
	"testing"

	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// typed is the small map with price types.
var typed = strings.NewReplacer(
	`"categories":`, `"types":[{"id":"standard","name":"Adult"},{"id":"child","name":"Child","note":"under 14","most":4},
 {"id":"carer","name":"Carer","for":"companion"}],"categories":`,
	`"price":1000`, `"price":1000,"prices":[{"type":"child","price":500},{"type":"carer","price":0}]`,
).Replace(small)

func TestPricesByType(t *testing.T) {
	v := parse(t, typed)
	for _, c := range []struct {
		category, kind string
		want           int64
		sold           bool
	}{
		{"A", "", 1000, true}, {"A", "standard", 1000, true}, {"A", "child", 500, true}, {"A", "carer", 0, true},
		{"A", "member", 0, false}, {"S", "child", 0, false}, {"S", "", 500, true}, {"X", "", 0, false},
	} {
		if price, sold := v.PriceAt(c.category, c.kind); price != c.want || sold != c.sold {
			t.Errorf("%s at %q: %d, %v", c.category, c.kind, price, sold)
		}
	}
	adult, _ := v.TypeOf("")
	plain, _ := parse(t, small).TypeOf("")
	if adult.Name != "Adult" || plain.Name != "Standard" || v.MostOf()["child"] != 4 || len(v.MostOf()) != 1 {
		t.Errorf("%+v, %+v, %v", adult, plain, v.MostOf())
	}
	carer, _ := v.TypeOf("carer")
	for id, sold := range map[string]bool{"st-2-1": false, "st-2-2": true, "st-2-3": false} {
		if why := carer.Sold(v.Sections[0], id); (why == "") != sold {
			t.Errorf("a carer at %s: %q", id, why)
		}
	}
}

func TestTheStandardTypeIsAmongTypes(t *testing.T) {
	for text, want := range map[string]int{
		small: 0, typed: 3, strings.Replace(typed, `{"id":"standard","name":"Adult"},`, "", 1): 3,
	} {
		v := parse(t, text)
		if len(v.Types) != want || want > 0 && v.Types[0].ID != "standard" {
			t.Errorf("%+v, want %d", v.Types, want)
		}
	}
}

func TestAWishForTypesCanBeFulfilled(t *testing.T) {
	v := parse(t, typed)
	for _, c := range []struct {
		wish venue.Wish
		want string
	}{
		{venue.Wish{N: 2, Types: map[string]int{"child": 2}}, ""},
		{venue.Wish{N: 2, Types: map[string]int{"child": 2, "standard": 1}}, "types must name up to 2 seats"},
		{venue.Wish{N: 2, Types: map[string]int{"child": -1}}, "types must name up to 2 seats"},
		{venue.Wish{N: 2, Types: map[string]int{"member": 1}}, "there is no price type"},
		{venue.Wish{N: 2, Types: map[string]int{"carer": 1}}, "goes with a wheelchair place"},
		{venue.Wish{N: 2, Types: map[string]int{"carer": 0}}, ""},
		{venue.Wish{N: 2, Types: map[string]int{"carer": 1}, Accessible: true}, ""},
	} {
		err := v.Check(c.wish)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.wish, err, c.want)
		}
	}
}

func TestTypesGoToSeatsThatAreSoldAtThem(t *testing.T) {
	v := parse(t, typed)
	for _, c := range []struct {
		seats []string
		types map[string]int
		want  seat.Types // nil: they can't
	}{
		{[]string{"st-2-1", "st-2-2"}, map[string]int{"carer": 1}, seat.Types{"st-2-2": "carer"}},
		{[]string{"st-2-2", "st-2-1"}, map[string]int{"carer": 1, "child": 1},
			seat.Types{"st-2-2": "carer", "st-2-1": "child"}},
		{[]string{"st-2-2"}, map[string]int{"carer": 1, "child": 1}, nil},
		{[]string{"st-2-1"}, map[string]int{"carer": 1}, nil},
		{[]string{"st-1-1"}, map[string]int{"member": 1}, nil},
		{[]string{"st-1-1"}, map[string]int{"standard": 1}, seat.Types{}},
	} {
		got, ok := v.Assign(v.Sections[0], c.seats, c.types)
		if ok != (c.want != nil) || !maps.Equal(got, c.want) {
			t.Errorf("%v at %v: %v, %t", c.seats, c.types, got, ok)
		}
	}
}

func TestWrongTypesAreNamed(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"id":"child","name":"Child"`, `"id":"child","name":"Ch\nild"`, "$.types[1].name"},
		{`"id":"carer"`, `"id":"child"`, "$.types[2].id"},
		{`"most":4`, `"most":9`, "$.types[1].most"},
		{`"most":4`, `"most":-1`, "$.types[1].most"},
		{`"for":"companion"`, `"for":"dogs"`, "$.types[2].for"},
		{`"name":"Adult"`, `"name":"Adult","most":2`, "$.types[0]: the standard type"},
		{`{"type":"child","price":500}`, `{"type":"member","price":500}`, "$.categories[0].prices[0].type: there is no"},
		{`{"type":"child","price":500}`, `{"type":"standard","price":500}`, "$.categories[0].prices[0].type: the standard"},
		{`{"type":"child","price":500}`, `{"type":"carer","price":500}`, "$.categories[0].prices[1].type"},
		{`{"type":"child","price":500}`, `{"type":"child","price":10}`, "$.categories[0].prices[0].price"},
		{`"categories":`, `"orphans":"yes","categories":`, "$.orphans"},
	} {
		if !strings.Contains(typed, c.old) {
			t.Fatal(c.old)
		}
		_, err := venue.Parse([]byte(strings.Replace(typed, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
}

func TestWhileSellingTypesMayOnlyBeAdded(t *testing.T) {
	old, new := parse(t, small), parse(t, typed)
	if refused := venue.Diff(old, new).Refused; len(refused) > 0 {
		t.Errorf("types are added: %v", refused)
	}
	refused := venue.Diff(new, old).Refused
	if len(refused) != 2 || refused[0].Path != "$.categories, A, child" || refused[0].Text != "would go" {
		t.Errorf("types would go: %v", refused)
	}
	dearer := parse(t, strings.Replace(typed, `"price":500}`, `"price":600}`, 1))
	if refused := venue.Diff(new, dearer).Refused; len(refused) != 1 {
		t.Errorf("a type would cost more: %v", refused)
	}
}
