package order

import (
	"slices"
	"strconv"
	"strings"
)

// VATIncluded returns the value added tax in the line's price, minor units, rounded half up.
func (l Line) VATIncluded() int64 { return included(l.Price, l.VAT) }

func included(amount int64, rate int) int64 {
	whole := int64(10_000 + rate)
	return (2*amount*int64(rate) + whole) / (2 * whole)
}

// Tax is what lines of one rate include.
type Tax struct {
	Rate   int // hundredths of a per cent
	Amount int64
}

// Percent returns the rate as people write it: 7, 19, 5.5.
func (t Tax) Percent() string {
	text := strconv.FormatFloat(float64(t.Rate)/100, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Taxes returns the value added tax that lines include, by rate; none where no rate is stated.
func Taxes(lines []Line) (all []Tax) {
	for _, l := range lines {
		if l.VAT == 0 {
			continue
		}
		i := slices.IndexFunc(all, func(t Tax) bool { return t.Rate == l.VAT })
		if i < 0 {
			i, all = len(all), append(all, Tax{Rate: l.VAT})
		}
		all[i].Amount += l.VATIncluded()
	}
	slices.SortFunc(all, func(a, b Tax) int { return a.Rate - b.Rate })
	return all
}
