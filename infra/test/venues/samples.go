package main

import (
	"fmt"
	"math"

	"foyer/internal/sale/venue"
)

// theatre has 300 seats: stalls of 12 rows of 18, two boxes of 2 rows of 6, a balcony of 3 rows of 20.
func theatre() venue.Venue {
	byRow := func(row int) string {
		if row < 5 {
			return "A"
		}
		return "B"
	}
	always := func(category string) func(int) string { return func(int) string { return category } }
	stalls := block("stalls", "Stalls", 0, 4, 12, 18, 9, byRow)
	wheelchairs(stalls, 11, 2)
	return venue.Venue{
		Name: "The Little Theatre", Currency: "EUR",
		Categories: []venue.Category{
			{ID: "A", Name: "Front stalls", Price: 6500, Color: "#b3261e"},
			{ID: "B", Name: "Stalls", Price: 4800, Color: "#1d5fa8"},
			{ID: "C", Name: "Boxes and balcony", Price: 3200, Color: "#2e7d4f"},
		},
		Sections: []venue.Section{
			stalls,
			block("boxL", "Box left", -9, 5, 2, 6, 0, always("C")),
			block("boxR", "Box right", 9, 5, 2, 6, 0, always("C")),
			block("balcony", "Balcony", 0, 17, 3, 20, 10, always("C")),
		},
	}
}

// prices is what children and concessions pay; carers pay nothing.
func prices(child, concession int64) []venue.TypePrice {
	return []venue.TypePrice{{Type: "child", Price: child}, {Type: "concession", Price: concession}, {Type: "carer"}}
}

// hall has 5,000: 1,000 standing before the stage, 2,520 in the stalls, 1,480 on the gallery.
func hall() venue.Venue {
	v := venue.Venue{
		Name: "The Hall", Currency: "EUR",
		Types: []venue.Type{
			{ID: "standard", Name: "Adult"},
			{ID: "child", Name: "Child", Note: "under 14", Most: 4},
			{ID: "concession", Name: "Concession", Note: "students, over 65"},
			{ID: "carer", Name: "Carer", Note: "of a wheelchair user", For: venue.ForCompanion},
		},
		Categories: []venue.Category{
			{
				ID: "S", Name: "Standing", Price: 5500, Color: "#8e5a00",
				Prices: []venue.TypePrice{{Type: "concession", Price: 4400}},
			},
			{ID: "A", Name: "Stalls", Price: 8900, Color: "#b3261e", Prices: prices(4500, 7100)},
			{ID: "B", Name: "Rear stalls", Price: 6900, Color: "#1d5fa8", Prices: prices(3500, 5500)},
			{ID: "C", Name: "Gallery", Price: 4500, Color: "#2e7d4f", Prices: prices(2300, 3600)},
		},
		Sections: []venue.Section{{
			ID: "floor", Name: "Floor", Kind: venue.Standing, Category: "S", Capacity: 1000, Outline: box(-14, 3, 14, 14),
		}},
	}
	for i, x := range []float64{-16, 0, 16} {
		s := block(fmt.Sprintf("st%d", i+1), fmt.Sprintf("Stalls %d", i+1), x, 17, 30, 28, 14, func(row int) string {
			if row < 15 {
				return "A"
			}
			return "B"
		})
		wheelchairs(s, 29, 4)
		v.Sections = append(v.Sections, s)
	}
	for i, x := range []float64{-30, -10, 10, 30} {
		v.Sections = append(v.Sections, block(fmt.Sprintf("ga%d", i+1), fmt.Sprintf("Gallery %d", i+1), x, 50, 10, 37, 0,
			func(int) string { return "C" }))
	}
	return v
}

// arena has 50,000: 4,000 standing, and 46,000 in 50 sections around, in three tiers.
func arena() venue.Venue {
	v := venue.Venue{
		Name: "The Arena", Currency: "EUR", Stage: venue.Point{X: -30},
		Categories: []venue.Category{
			{ID: "S", Name: "Standing", Price: 7500, Color: "#8e5a00"},
			{ID: "A", Name: "Lower tier", Price: 12900, Color: "#b3261e"},
			{ID: "B", Name: "Middle tier", Price: 9500, Color: "#1d5fa8"},
			{ID: "C", Name: "Upper tier", Price: 5900, Color: "#2e7d4f"},
		},
		Sections: []venue.Section{{
			ID: "floor", Name: "Floor", Kind: venue.Standing, Category: "S", Capacity: 4000, Outline: box(-22, -20, 30, 20),
		}},
	}
	tiers := []struct {
		sections, rows, seats int
		radius                float64
		name                  string
	}{{10, 25, 40, 42, "A"}, {20, 20, 40, 70, "B"}, {20, 25, 40, 95, "C"}}
	const stageGap = 0.5 // radians behind the stage that stay empty on either side of it
	for t, tier := range tiers {
		step := 2 * (math.Pi - stageGap) / float64(tier.sections)
		for i := range tier.sections {
			from := -math.Pi + stageGap + float64(i)*step
			id := fmt.Sprintf("%d%02d", t+1, i+1)
			s := wedge(id, "Section "+id, from+0.01, from+step-0.01, tier.radius, tier.rows, tier.seats, tier.name)
			if tier.name == "A" {
				wheelchairs(s, tier.rows-1, 5)
			}
			v.Sections = append(v.Sections, s)
		}
	}
	return v
}
