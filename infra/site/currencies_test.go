package site

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

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

// inPages writes an amount of each currency in the tab by the module that every page writes amounts by.
func inPages(t *testing.T, tab *browser.Tab, amounts map[string]int64) map[string]string {
	t.Helper()
	define, err := defines(texts.English())
	if err != nil {
		t.Fatal(err)
	}
	module, err := bundle("shared/money.js", api.FormatESModule, define)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]any
	for code, minor := range amounts {
		rows = append(rows, []any{minor, code, currency.Digits(code)})
	}
	given, err := json.Marshal([]any{string(module), rows})
	if err != nil {
		t.Fatal(err)
	}
	return browser.Eval[map[string]string](tab, fmt.Sprintf(`(async ([code, rows]) => {
		const { money } = await import(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
		return Object.fromEntries(rows.map((row) => [row[1], money(...row)]));
	})(%s)`, given))
}

// Every currency that a sale may be in: the pages' own figures are, in a browser, those that mails show, that exports
// have and that are charged. The browser's own table of currencies is another. Of each kind of currency, one is looked
// at on the map, the order and the ticket.
func TestFiguresOfEveryCurrency(t *testing.T) {
	t.Parallel()
	tab := browser.Start(t).Visitor(t)
	prices := map[string]int64{}
	for _, c := range currency.All() {
		if prices[c.Code] = 12_340 * c.Step; c.Check(prices[c.Code]) != nil {
			prices[c.Code] = 2 * c.Least
		}
	}
	shown := inPages(t, tab, prices)
	type kind struct {
		digits int
		step   int64
	}
	seen := map[kind]bool{}
	for _, c := range currency.All() {
		price := prices[c.Code]
		want := notFigures.ReplaceAllString(mail.Money(price, c.Code, texts.English()), "")
		plain, _ := strings.CutSuffix(c.Decimal(price), "."+strings.Repeat("0", c.Digits))
		if strings.ReplaceAll(want, ",", "") != plain {
			t.Errorf("%s: mails say %s, and %s is charged", c.Code, want, plain)
		}
		if notFigures.ReplaceAllString(shown[c.Code], "") != want {
			t.Errorf("%s: pages show %s, want %s", c.Code, shown[c.Code], want)
		}
		if seen[kind{c.Digits, c.Step}] {
			continue
		}
		seen[kind{c.Digits, c.Step}] = true
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
	if len(seen) < 4 {
		t.Errorf("the kinds of currencies are %v", seen)
	}
}
