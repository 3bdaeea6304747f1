package venue_test

import (
	"fmt"

	"foyer/internal/sale/venue"
)

// A map of one row, and what Parse fills in: labels, and the category of each seat.
func ExampleParse() {
	v, err := venue.Parse([]byte(`{
		"name": "The Little Theatre", "currency": "EUR", "stage": {"x": 0, "y": 0},
		"categories": [{"id": "A", "name": "Stalls", "price": 6500}],
		"sections": [{"id": "stalls", "name": "Stalls", "kind": "seated", "category": "A",
			"outline": [{"x": -3, "y": 3}, {"x": 3, "y": 3}, {"x": 3, "y": 5}],
			"rows": [{"id": "C", "seats": [
				{"id": "stalls-C-1", "x": -0.5, "y": 4},
				{"id": "stalls-C-2", "x": 0.5, "y": 4, "label": "2 R"}]}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	stalls, _ := v.Section("stalls")
	for _, seat := range stalls.Rows[0].Seats {
		price, _ := v.Price(seat.Category)
		fmt.Println(stalls.LabelOf(seat.ID), price, v.Currency)
	}
	// Output:
	// Stalls, row C, seat 1 6500 EUR
	// Stalls, row C, seat 2 R 6500 EUR
}

// The error lists everything that is wrong with a map, each fault with its path.
func ExampleParse_faults() {
	_, err := venue.Parse([]byte(`{
		"name": "The Little Theatre", "currency": "euro", "stage": {"x": 0, "y": 0},
		"categories": [{"id": "A", "name": "Standing", "price": -1}],
		"sections": [{"id": "floor", "name": "Floor", "kind": "standing", "category": "B", "capacity": 200,
			"outline": [{"x": -3, "y": 1}, {"x": 3, "y": 1}, {"x": 3, "y": 3}]}]}`))
	fmt.Println(err)
	// Output:
	// $.currency: "euro" is no currency that can be charged: it must be three capital letters, such as EUR
	// $.categories[0].price: must not be less than 0
	// $.sections[0].category: there is no category "B"
}
