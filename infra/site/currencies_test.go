package site

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/texts"
)

// repriced is a map whose seats all cost the same, in another currency.
type repriced struct {
	sale.MapReader
	code  string
	price int64
}

func (m *repriced) Overview(ctx context.Context, zone string) (venue.Overview, error) {
	o, err := m.MapReader.Overview(ctx, zone)
	o.Currency, o.Digits = m.code, currency.Digits(m.code)
	o.Categories = slices.Clone(o.Categories)
	for i := range o.Categories {
		o.Categories[i].Price = m.price
	}
	return o, err
}

// notFigures is all of an amount but its figures.
var notFigures = regexp.MustCompile(`[^0-9.,]`)

// Every currency that a sale may be in: the map, the order and the ticket show the figures that mails show, that
// exports have and that are charged. The browser's own table of currencies is another.
func TestFiguresOfEveryCurrency(t *testing.T) {
	t.Parallel()
	h := newHall(t, "theatre-300", 8)
	maps := &repriced{MapReader: h.seats.Maps}
	h.seats.Maps = maps
	function := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		function.ServeHTTP(unkept{w}, r)
	})
	tab := browser.Start(t).Visitor(t)
	keys, err := ticket.ParseSecret(`{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`)
	if err != nil {
		t.Fatal(err)
	}
	tickets, err := keys.Issue("main", "K7M2P9QX4R", []string{"stalls-C-9"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range currency.All() {
		maps.code, maps.price = c.Code, 12_340*c.Step
		if c.Check(maps.price) != nil {
			maps.price = 2 * c.Least
		}
		want := notFigures.ReplaceAllString(mail.Money(maps.price, c.Code, texts.English()), "")
		plain, _ := strings.CutSuffix(c.Decimal(maps.price), "."+strings.Repeat("0", c.Digits))
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
		tab.Open(h.URL + Prefix + "seats/index.html")
		shows("map", `document.querySelector('foyer-seats')?.shadowRoot?.querySelector('.chips b')`)
		h.mu.Lock()
		h.order = anOrder()
		raw, _ := json.Marshal(map[string]any{"amount": maps.price, "currency": c.Code, "digits": c.Digits})
		_ = json.Unmarshal(raw, &h.order)
		h.mu.Unlock()
		tab.Open(h.URL + Prefix + "order/index.html#" + h.order["order"].(string) + ".shh")
		tab.Reload()
		shows("order", `document.querySelector('#total')`)
		h.mu.Lock()
		h.order["state"], h.order["tickets"] = "paid", tickets
		h.order["seats"].([]any)[0].(map[string]any)["price"] = maps.price
		h.mu.Unlock()
		tab.Open(h.URL + Prefix + "ticket/index.html#" + h.order["order"].(string) + ".shh")
		shows("ticket", `document.querySelector('.ticket dl div:nth-child(2) dd')`)
	}
}

// unkept lets no browser keep an answer.
type unkept struct{ http.ResponseWriter }

func (w unkept) WriteHeader(status int) {
	w.Header().Set("Cache-Control", "no-store")
	w.ResponseWriter.WriteHeader(status)
}
