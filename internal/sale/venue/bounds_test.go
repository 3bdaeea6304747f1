package venue_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sort"
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

// A map has 1 to 500 sections, an outline 3 to 500 points, and nothing stands further out than a million.
func TestTheLargestMapsAreValidAndLargerOnesAreNot(t *testing.T) {
	many := func(n int) func(*venue.Venue) {
		return func(v *venue.Venue) {
			floor := v.Sections[1]
			v.Sections = nil
			for i := range n {
				floor.ID = fmt.Sprint("f", i)
				v.Sections = append(v.Sections, floor)
			}
		}
	}
	outline := func(n int) func(*venue.Venue) {
		return func(v *venue.Venue) {
			points := []venue.Point{{X: 4, Y: 4}, {X: 4}}[:min(n, 2)]
			for i := range n - len(points) {
				points = append(points, venue.Point{X: 3 - float64(i)/1000})
			}
			v.Sections[0].Outline = points
		}
	}
	stage := func(x, y float64) func(*venue.Venue) {
		return func(v *venue.Venue) { v.Stage = venue.Point{X: x, Y: y} }
	}
	name := func(id string) func(*venue.Venue) {
		return func(v *venue.Venue) { v.Sections[0].Rows[0].Seats[0].ID = id }
	}
	for _, c := range []struct {
		change func(*venue.Venue)
		want   string
	}{
		{many(0), "$.sections: there must be 1 to 500 sections"}, {many(1), ""}, {many(500), ""},
		{many(501), "$.sections: there must be 1 to 500 sections"},
		{outline(2), "$.sections[0].outline: must be a polygon of 3 to 500 points"}, {outline(3), ""}, {outline(500), ""},
		{outline(501), "$.sections[0].outline: must be a polygon of 3 to 500 points"},
		{stage(1e6, -1e6), ""}, {stage(1e6+1, 0), "$.stage: is further out"}, {stage(0, -1e6-1), "$.stage: is further out"},
		{name("st-1-x"), ""}, {name("x"), "$.sections[0].rows[0].seats[0].id"},
		{name("st-1-x y"), "$.sections[0].rows[0].seats[0].id"},
	} {
		v := parse(t, small)
		c.change(&v)
		err := v.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestWhatIsPackedIsBounded(t *testing.T) {
	for size, fits := range map[int]bool{5_000_000: true, 5_000_001: false} {
		text, got := strings.Repeat("x", size-2), "" // in quotes
		raw, err := venue.Pack(text)
		if (err == nil) != fits {
			t.Fatalf("%d bytes of JSON: %v", size, err)
		}
		if err := venue.Unpack(raw, &got); fits && (err != nil || got != text) {
			t.Errorf("%d bytes of JSON are read as %d, %v", size, len(got)+2, err)
		}
	}
	const least, most = 480_000, 490_000
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%'()*+,-./:;=?@[]^_`{|}~ "
	text, rng := make([]byte, most), rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = letters[rng.IntN(len(letters))]
	}
	size := 0 // of the longest text that is packed; one letter more makes it a byte longer at most
	sort.Search(most-least, func(n int) bool {
		raw, err := venue.Pack(string(text[:least+n]))
		size = max(size, len(raw))
		return err != nil
	})
	if size != venue.MaxPacked {
		t.Errorf("up to %d bytes are packed", size)
	}
}

func TestWhatIsNoSectionIsNotUnpacked(t *testing.T) {
	raw, err := venue.Pack("a text")
	if err != nil {
		t.Fatal(err)
	}
	var s venue.Section
	for _, bad := range [][]byte{raw, raw[:len(raw)/2], nil} {
		if err := venue.Unpack(bad, &s); err == nil {
			t.Errorf("%q is read as %+v", bad, s)
		}
	}
}

func TestWhatGoWouldReadOtherwiseIsRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"name":"Small"`, `"name":"Small","name":"Other"`, "$.name: is there twice"},
		{`"price":1000`, `"price":1000,"PRICE":1`, "$.categories[0].PRICE: unknown field"},
		{`"price":1000`, `"price":1000,"price":1`, "$.categories[0].price: is there twice"},
		{`"price":1000`, "\"ſections\":[],\"price\":1000", "unknown field"}, // s to Go's decoder
		{`"price":1000`, `"prize":1000`, "prize"},
		{`"name":"Small"`, "\"name\":\"Small\xff\"", "$: the file is not UTF-8"},
		{`"y":9}]}]}`, `"y":9}]}]} {}`, "$: there is something after the JSON object"},
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
