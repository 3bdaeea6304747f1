package site

import (
	"regexp"
	"strings"
	"testing"

	"foyer/infra/test/browser"
)

// What a screen reader is told along the whole way, from Chromium's accessibility tree: in this order on each page.
func TestTheWholeWayIsHeard(t *testing.T) {
	b := browser.Start(t)
	hears := func(t *testing.T, tab *browser.Tab, wants ...string) {
		t.Helper()
		heard := strings.Join(tab.Tree(), "\n")
		rest := heard
		for _, want := range wants {
			at := regexp.MustCompile(`(?m)^` + want + `$`).FindStringIndex(rest)
			if at == nil {
				t.Fatalf("it doesn't hear %q in its place:\n%s", want, heard)
			}
			rest = rest[at[1]:]
		}
	}
	t.Run("wait", func(t *testing.T) {
		f, tab := newFront(t), b.Visitor(t)
		scenes["waiting"](f, tab)
		hears(t, tab, `heading: You are in line`, `StaticText: This page lets you in when it is your turn\.`,
			`progressbar: Your place in line`, `button: Alert me`,
			`StaticText: You are in line\. Your place in line: about [\d,]+\. Your wait: .+\.`)
	})
	t.Run("turn", func(t *testing.T) {
		f, tab := newFront(t), b.Visitor(t)
		scenes["turn"](f, tab)
		hears(t, tab, `heading: It is your turn`, `button: Go in now`, `StaticText: It is your turn\. .+\.`)
	})
	t.Run("choose", func(t *testing.T) {
		tab := b.Visitor(t)
		saleScenes["map-list"](t, tab)
		hears(t, tab, `button: Choose from a list`, `heading: Seats in words`, `checkbox: Only free seats`,
			`region: Your seats`, `heading: Your 2 seats`,
			`button: Remove .+, row \w+, seat \w+`, `button: Check out`, `StaticText: .+ and .+ are held for you until .+\.`)
	})
	t.Run("pay", func(t *testing.T) {
		tab := b.Visitor(t)
		saleScenes["map-checkout"](t, tab)
		hears(t, tab, `dialog: Check out`, `rowheader: .+, row \w+, seat \w+`, `rowheader: All-in price`,
			`textbox: Email \[We’ll send your tickets here\.\]`, `textbox: Name \[As it should appear on the tickets\.\]`,
			`button: Pay €\d+`, `button: Back to the seats`)
	})
	t.Run("order", func(t *testing.T) {
		tab := b.Visitor(t)
		saleScenes["order-pay"](t, tab)
		hears(t, tab, `heading: Waiting for the payment`, `link: Go to the payment`, `button: Cancel the order`,
			`region: Your order`, `StaticText: Waiting for the payment\. As soon as .+`)
	})
	t.Run("ticket", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "C-12", "17")), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		tab.Sees("Here are your 2 tickets")
		hears(t, tab, `heading: Here are your 2 tickets`, `button: Print`, `heading: Seat 12`,
			`image: QR code of the ticket for Stalls, row C, seat 12`, `heading: Place 17`,
			`image: QR code of the ticket for Floor, place 17`)
	})
}
