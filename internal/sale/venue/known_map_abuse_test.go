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

func base() venue.Venue {
	return venue.Venue{Name: "X", Currency: "EUR", Categories: []venue.Category{{ID: "a", Name: "A", Price: 100}},
		Sections: []venue.Section{
			{
				ID:       "A",
				Name:     "A",
				Kind:     venue.Seated,
				Category: "a",
				Outline:  []venue.Point{{}, {X: 1}, {Y: 1}},
				Rows:     []venue.Row{{ID: "1", Seats: []venue.Seat{{ID: "A-1-1", X: 1}}}},
			},
		}}
}

func packed(v any) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_ = json.NewEncoder(w).Encode(v)
	_ = w.Close()
	return b.Len()
}

func TestKnownAbuse(t *testing.T) {
	known.Fault(t, "abuse")
	check := func(name string, change func(*venue.Venue)) {
		v := base()
		change(&v)
		err := v.Validate()
		text := ""
		if err != nil {
			text = strings.SplitN(err.Error(), "\n", 2)[0]
		}
		fmt.Printf(
			"%-46s valid=%v section %d B gz, overview %d B gz  %s\n",
			name,
			err == nil,
			packed(v.Sections[0]),
			packed(venue.NewOverview(v, 1)),
			text,
		)
	}
	check("row label of 5 MB", func(v *venue.Venue) { v.Sections[0].Rows[0].Label = strings.Repeat("xy", 2_500_000) })
	check(
		"seat label with newlines and U+202E",
		func(v *venue.Venue) { v.Sections[0].Rows[0].Seats[0].Label = "1\r\n\u202E<b>" },
	)
	check("section name with newline", func(v *venue.Venue) { v.Sections[0].Name = "Stalls\nBcc: x" })
	check("outline of 200,000 points", func(v *venue.Venue) {
		for range 200_000 {
			v.Sections[0].Outline = append(
				v.Sections[0].Outline,
				venue.Point{X: rand.Float64() * 1000, Y: rand.Float64() * 1000},
			)
		}
	})
	check("20,000 seats at measured places", func(v *venue.Venue) {
		v.Sections[0].Rows = nil
		for r := range 100 {
			row := venue.Row{ID: fmt.Sprint("r", r)}
			for s := range 200 {
				row.Seats = append(
					row.Seats,
					venue.Seat{ID: fmt.Sprintf("A-r%d-%d", r, s), X: rand.Float64() * 1000, Y: rand.Float64() * 1000},
				)
			}
			v.Sections[0].Rows = append(v.Sections[0].Rows, row)
		}
	})
	check("currency that does not exist: ZZZ", func(v *venue.Venue) { v.Currency = "ZZZ" })
	check(
		"KWD, price 1.234 (Stripe wants a last 0)",
		func(v *venue.Venue) { v.Currency = "KWD"; v.Categories[0].Price = 1234 },
	)
	check(
		"ISK, price 6500 kr (Stripe charges 65 kr)",
		func(v *venue.Venue) { v.Currency = "ISK"; v.Categories[0].Price = 6500 },
	)
	check("EUR 0.10: below Stripe's least charge", func(v *venue.Venue) { v.Categories[0].Price = 10 })
	check("EUR 1,000,000.00: above Stripe's 999,999.99", func(v *venue.Venue) { v.Categories[0].Price = 100_000_000 })
	check("capacity 1e9", func(v *venue.Venue) {
		v.Sections[0] = venue.Section{
			ID:       "A",
			Name:     "A",
			Kind:     venue.Standing,
			Category: "a",
			Capacity: 1_000_000_000,
			Outline:  v.Sections[0].Outline,
		}
	})
	check("self-crossing outline, zero area", func(v *venue.Venue) { v.Sections[0].Outline = []venue.Point{{}, {}, {}} })
}

// The orphan rule and companions, by hand: nothing hinders either.
func TestKnownDuplicateKeys(t *testing.T) {
	known.Fault(t, "duplicate keys")
	v, err := venue.Parse(
		[]byte(
			`{"name":"X","name":"Y","currency":"EUR","stage":{"x":0,"y":0},"categories":[{"id":"a","name":"A","price":100,"PRICE":1}],"sections":[{"id":"A","name":"A","kind":"standing","category":"a","capacity":1,"outline":[{"x":0,"y":0},{"x":1,"y":0},{"x":0,"y":1}]}]}`,
		),
	)
	fmt.Println("duplicate keys:", v.Name, v.Categories, err)
}
