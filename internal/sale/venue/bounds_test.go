package venue_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"foyer/internal/sale/venue"
)

func TestMapsThatCannotBeSoldAreRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	seat := func(v *venue.Venue) *venue.Seat { return &v.Sections[0].Rows[0].Seats[0] }
	for name, change := range map[string]func(*venue.Venue){
		"a row label of 5 MB": func(v *venue.Venue) {
			v.Sections[0].Rows[0].Label = strings.Repeat("x", 5e6)
		},
		"a seat label of two lines":            func(v *venue.Venue) { seat(v).Label = "1\r\n2" },
		"a seat label from the right":          func(v *venue.Venue) { seat(v).Label = "1\u202E<b>" },
		"a section name of two lines":          func(v *venue.Venue) { v.Sections[0].Name = "Stalls\nBcc: x" },
		"an outline of 200,000 points":         func(v *venue.Venue) { v.Sections[0].Outline = make([]venue.Point, 200_000) },
		"an outline without an area":           func(v *venue.Venue) { v.Sections[0].Outline = make([]venue.Point, 3) },
		"a currency that doesn't exist":        func(v *venue.Venue) { v.Currency = "ZZZ" },
		"a price below the provider's least":   func(v *venue.Venue) { v.Categories[0].Price = 10 },
		"a price above its most":               func(v *venue.Venue) { v.Categories[0].Price = 100_000_000 },
		"dinars, whose last digit must be 0":   func(v *venue.Venue) { v.Currency, v.Categories[0].Price = "KWD", 1234 },
		"króna, of which it charges a percent": func(v *venue.Venue) { v.Currency, v.Categories[0].Price = "ISK", 6500 },
		"a section too big for its item": func(v *venue.Venue) {
			row := &v.Sections[0].Rows[0]
			for n := range venue.MaxSectionSeats - 8 {
				one := venue.Seat{ID: fmt.Sprint("st-1-x", n), X: rng.Float64(), Y: rng.Float64(), Category: "A"}
				row.Seats = append(row.Seats, one)
			}
			if size := packed(v.Sections[0]); size < 400_000 {
				t.Fatalf("it has only %d bytes", size)
			}
		},
	} {
		v := parse(t, small)
		change(&v)
		if v.Validate() == nil {
			t.Errorf("%s is valid", name)
		}
	}
}

// packed is the size of a value as it is stored, in bytes.
func packed(v any) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_ = json.NewEncoder(w).Encode(v)
	_ = w.Close()
	return b.Len()
}

func TestWhatGoWouldReadOtherwiseIsRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"name":"Small"`, `"name":"Small","name":"Other"`, "$.name: is there twice"},
		{`"price":1000`, `"price":1000,"PRICE":1`, "$.categories[0].PRICE: unknown field"},
		{`"price":1000`, `"price":1000,"price":1`, "$.categories[0].price: is there twice"},
		{`"price":1000`, "\"ſections\":[],\"price\":1000", "unknown field"}, // s to Go's decoder
		{`"price":1000`, `"prize":1000`, "prize"},
		{`"name":"Small"`, "\"name\":\"Small\xff\"", "$: the file is not UTF-8"},
		{`"name":"Small"`, `"name":"Small\ud800"`, "$.name: must be one line"},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatal(c.old)
		}
		_, err := venue.Parse([]byte(strings.Replace(small, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
}

func TestAByteOrderMarkIsNoFault(t *testing.T) {
	v, err := venue.Parse([]byte("\ufeff" + small))
	if err != nil || !venue.Equal(v, parse(t, small)) {
		t.Error(err)
	}
}

// What is valid can be stored: filling in what was left out makes it no larger than that.
func TestValidMapsCanBePacked(t *testing.T) {
	for n := 14_000; n < 20_000; n += 1_000 {
		v, rng := parse(t, small), rand.New(rand.NewPCG(1, 2))
		row := &v.Sections[0].Rows[0]
		for i := range n {
			row.Seats = append(row.Seats, venue.Seat{ID: fmt.Sprint("st-1-x", i), X: rng.Float64(), Y: rng.Float64()})
		}
		v.Sections[0].Category = "A"
		raw, _ := json.Marshal(v)
		filled, err := venue.Parse(raw)
		if err != nil {
			if !strings.Contains(err.Error(), "$.sections[0]: is too large to be stored") {
				t.Errorf("%d seats: %v", n, err)
			}
			continue
		}
		if packed, err := venue.Pack(filled.Sections[0]); err != nil {
			t.Errorf("%d seats are valid, and packed %d bytes: %v", n, len(packed), err)
		}
	}
}
