package plan

import (
	_ "embed"
	"encoding/json"
)

//go:embed prices.json
var pricesText []byte

// prices are what AWS takes, with their date.
var prices = func() (p struct {
	AsOf, Of string
	Prices   map[string]struct{ Dollars float64 }
}) {
	if err := json.Unmarshal(pricesText, &p); err != nil {
		panic(err) // a test reads the file as well
	}
	return p
}()

// price returns what one of something costs, in dollars.
func price(of string) float64 {
	one, known := prices.Prices[of]
	if !known {
		panic("plan: prices.json has no " + of)
	}
	return one.Dollars
}

// pricesOf says which prices these are.
func pricesOf() string { return prices.Of + "; as of " + prices.AsOf }
