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
	"foyer/internal/testkit/known"
)

func TestKnownMapsThatCannotBeSoldAreValid(t *testing.T) {
	known.Fault(t, "maps with texts, outlines and prices that pages, mails, tables or the provider can't take are valid")
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

func TestKnownAKeyThatIsThereTwiceIsTaken(t *testing.T) {
	known.Fault(t, "of a key that a map has twice, or in other letters, the last one counts")
	for _, text := range []string{
		strings.Replace(small, `"name":"Small"`, `"name":"Small","name":"Other"`, 1),
		strings.Replace(small, `"price":1000`, `"price":1000,"PRICE":1`, 1),
	} {
		if v, err := venue.Parse([]byte(text)); err == nil {
			t.Errorf("%s, seats at %d", v.Name, v.Categories[0].Price)
		}
	}
}
