package site

import (
	"errors"
	"strings"
	"testing"

	"foyer/infra/test/browser"
)

// sold is an order of two tickets, one with a row and one without, in a state; with no seats it is of both.
func sold(t *testing.T, state string, seats ...string) *purchase {
	t.Helper()
	if len(seats) == 0 {
		seats = []string{"st1-C-12", "floor-17"}
	}
	p := newHall(t, "hall-5000", 4).buys(seats...)
	states[state](p)
	return p
}

// errDown is the error of a database that can't be asked.
var errDown = errors.New("the database is down")

func TestTicketPage(t *testing.T) {
	b := browser.Start(t)
	t.Run("tickets are shown, each with its seat and its own code", func(t *testing.T) {
		p, tab := sold(t, "ready", "st1-C-12", "st1-C-13"), b.Visitor(t)
		tab.Open(p.tickets())
		tab.Sees("Here are your 2 tickets")
		tab.Sees("Harbour Hall")
		for _, text := range []string{"Seat 12", "Seat 13", "Stalls 1, row C", "Ana Ferreira", p.order().Number, "2 of 2"} {
			tab.Sees(text)
		}
		codes := browser.Eval[[]string](tab,
			`[...document.querySelectorAll('.code svg path')].map((p) => p.getAttribute('d'))`)
		if len(codes) != 2 || codes[0] == codes[1] || len(codes[0]) < 1000 {
			t.Errorf("%d codes", len(codes))
		}
		names := browser.Eval[string](tab, `document.querySelector('.code svg').getAttribute('aria-label')`)
		if !strings.Contains(names, "Stalls 1, row C, seat 12") {
			t.Errorf("the code is called %q", names)
		}
	})
	t.Run("tickets come by themselves once the order is paid", func(t *testing.T) {
		p, tab := sold(t, "done", "floor-17"), b.Visitor(t)
		tab.Open(p.tickets())
		tab.Sees("Almost there")
		p.bank.fail("capture", nil)
		p.drives()
		tab.Sees("Here is your ticket")
		tab.Sees("Place 17")
	})
	t.Run("trouble is said, and passes", func(t *testing.T) {
		p, tab := sold(t, "ready", "floor-17"), b.Visitor(t)
		p.fault("orders.Get", errDown)
		tab.Open(p.tickets())
		tab.Sees("look up your tickets")
		p.fault("orders.Get", nil)
		tab.Sees("Here is your ticket")
	})
	for state, says := range map[string]string{"refunded": "were refunded", "expired": "There are no tickets",
		"pay": "Not paid yet"} {
		t.Run(state, func(t *testing.T) {
			p, tab := sold(t, state, "floor-17"), b.Visitor(t)
			tab.Open(p.tickets())
			tab.Sees(says)
			if browser.Eval[bool](tab, `!!document.querySelector('.code')`) {
				t.Error("it shows a code")
			}
		})
	}
	t.Run("a link that is cut short opens nothing and asks once at most", func(t *testing.T) {
		p, tab := sold(t, "ready", "floor-17"), b.Visitor(t)
		tab.Open(strings.TrimSuffix(p.tickets(), string(p.secret)[30:]))
		tab.Sees("No tickets here")
		if asked := p.made("GET order"); asked > 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// ticketScenes is everything that a buyer may see of tickets.
var ticketScenes = map[string]func(*testing.T, *browser.Tab){
	"ticket-two":      func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "ready").tickets()) },
	"ticket-one":      func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "ready", "floor-717").tickets()) },
	"ticket-soon":     func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "done").tickets()) },
	"ticket-none":     func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "expired").tickets()) },
	"ticket-refunded": func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "refunded").tickets()) },
	"ticket-part":     func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "refunded-in-part").tickets()) },
	"ticket-unpaid":   func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "pay").tickets()) },
	"ticket-gone":     func(t *testing.T, tab *browser.Tab) { showsTickets(tab, sold(t, "pay").tickets()+"x") },
	"ticket-loading": func(t *testing.T, tab *browser.Tab) {
		tab.Before("window.fetch = () => new Promise(() => {})")
		tab.Open(sold(t, "ready").tickets())
	},
	"ticket-trouble": func(t *testing.T, tab *browser.Tab) {
		p := sold(t, "ready")
		p.fault("orders.Get", errDown)
		showsTickets(tab, p.tickets())
	},
}

func showsTickets(tab *browser.Tab, url string) {
	tab.Open(url)
	tab.Until(`document.getElementById('head').textContent !== 'One moment'`)
}
