package site

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/venue"
	"foyer/internal/texts"
)

// stall is a hall of one row, whose seats all cost the same.
func stall(t *testing.T, code string, price int64) *hall {
	t.Helper()
	v, err := venue.Parse(fmt.Appendf(nil, `{"name": "A stall", "currency": %q, "stage": {"x": 0, "y": -9},
		"categories": [{"id": "A", "name": "All", "price": %d, "color": "#b3261e"}],
		"sections": [{"id": "s", "name": "Stalls", "kind": "seated",
			"outline": [{"x": -2, "y": -2}, {"x": 4, "y": -2}, {"x": 4, "y": 2}, {"x": -2, "y": 2}],
			"rows": [{"id": "A", "category": "A", "seats": [{"id": "s-A-1", "x": 0, "y": 0},
				{"id": "s-A-2", "x": 1, "y": 0}]}]}]}`, code, price))
	if err != nil {
		t.Fatal(err)
	}
	return newHallOf(t, v, 4)
}

// notFigures is all of an amount but its figures.
var notFigures = regexp.MustCompile(`[^0-9.,]`)

// Every currency that a sale may be in: the map, the order and the ticket show the figures that mails show, that
// exports have and that are charged. The browser's own table of currencies is another.
func TestFiguresOfEveryCurrency(t *testing.T) {
	t.Parallel()
	tab := browser.Start(t).Visitor(t)
	for _, c := range currency.All() {
		price := 12_340 * c.Step
		if c.Check(price) != nil {
			price = 2 * c.Least
		}
		want := notFigures.ReplaceAllString(mail.Money(price, c.Code, texts.English()), "")
		plain, _ := strings.CutSuffix(c.Decimal(price), "."+strings.Repeat("0", c.Digits))
		if strings.ReplaceAll(want, ",", "") != plain {
			t.Errorf("%s: mails say %s, and %s is charged", c.Code, want, plain)
		}
		shows := func(where, element string) {
			t.Helper()
			tab.Until(element + `?.textContent`)
			text := browser.Eval[string](tab, element+`.textContent`)
			if got := notFigures.ReplaceAllString(text, ""); got != want {
				t.Errorf("%s: the %s shows %s, want %s", c.Code, where, text, want)
			}
		}
		h := stall(t, c.Code, price)
		tab.Open(h.URL + seatsPage)
		shows("map", `document.querySelector('foyer-seats')?.shadowRoot?.querySelector('.chips b')`)
		p := h.buys("s-A-1")
		tab.Open(p.page(""))
		shows("order", `document.querySelector('#total')`)
		tab.Open(p.pays().tickets())
		shows("ticket", `document.querySelector('.ticket dl div:nth-child(2) dd')`)
	}
}
