package site

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

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
		t.Parallel()
		f, tab := newFront(t), b.Visitor(t)
		scenes["waiting"](f, tab)
		hears(t, tab, `heading: You are in line`, `StaticText: This page lets you in when it is your turn\.`,
			`progressbar: Your place in line`, `button: Alert me`,
			`StaticText: You are in line\. Your place in line: about [\d,]+\. Your wait: .+\.`)
	})
	t.Run("turn", func(t *testing.T) {
		t.Parallel()
		f, tab := newFront(t), b.Visitor(t)
		scenes["turn"](f, tab)
		hears(t, tab, `heading: It is your turn`, `button: Go in now`, `StaticText: It is your turn\. .+\.`)
	})
	t.Run("enter", func(t *testing.T) {
		t.Parallel()
		f, tab := newFront(t), b.Visitor(t)
		f.struggles(tab)
		tab.Sees("longer than usual")
		hears(t, tab, `heading: One moment`, `StaticText: This is taking longer than usual\. .+`)
	})
	t.Run("the event", func(t *testing.T) {
		t.Parallel()
		f, tab := newFront(t), b.Visitor(t)
		scenes["inside"](f, tab)
		tab.Sees("About the event")
		hears(t, tab, `StaticText: You’re inside\.`, `button: Stay longer`, `button: Leave`,
			`heading: The Night Ferries · Harbour Hall`, `link: About the event`, `link: Add to your calendar`)
		warns(t, tab, "window.foyer && document.querySelector('#seats').hidden",
			"document.querySelector('#say').textContent",
			"Your visit ends in 2 minutes.", "Your visit ends in 1 minute.", "Your visit ends in 20 seconds.")
	})
	t.Run("the map", func(t *testing.T) {
		t.Parallel()
		tab := b.Visitor(t)
		saleScenes["map-near"](t, tab)
		hears(t, tab, `button: Choose from a list`, `heading: The Night Ferries · Harbour Hall`, `button: Map`,
			`button: List`,
			`button: Front stalls €65`, `button: Zoom in`, `group: .*[Mm]ap.*`, `button: Find the best`, `heading: Your 2 seats`,
			`button: Remove Stalls, row A, seat \d+`, `button: Check out`)
		warns(t, tab, in("true"), in("$('[role=status].unseen').textContent"),
			"Your visit ends in 2 minutes.", "Your visit ends in 1 minute.", "Your visit ends in 20 seconds.")
	})
	t.Run("the time to decide", func(t *testing.T) {
		t.Parallel()
		h, tab := newHall(t, "theatre-300", 4), b.Visitor(t)
		h.enter(tab)
		press(tab, ".wish .main")
		holds(tab, 2)
		press(tab, ".hold .main")
		until(tab, "$('dialog[open]')")
		for _, says := range []string{"2 minutes", "1 minute", "20 seconds"} {
			left := map[string]int{"2 minutes": 121, "1 minute": 61, "20 seconds": 21}[says]
			browser.Eval[any](tab, in(fmt.Sprintf("void (el.sale.hold.until = el.sale.now() + %d500)", left)))
			until(tab, fmt.Sprintf("$('dialog [role=status]').textContent.includes(%q)", says))
			tab.Until(`/^\d:\d\d · /.test(document.title)`)
		}
		hears(t, tab, `dialog: Check out`, `StaticText: 20 seconds .+`)
	})
	t.Run("choose", func(t *testing.T) {
		t.Parallel()
		tab := b.Visitor(t)
		saleScenes["map-list"](t, tab)
		hears(t, tab, `button: Choose from a list`, `heading: Seats in words`, `checkbox: Only free seats`,
			`region: Your seats`, `heading: Your 2 seats`,
			`button: Remove .+, row \w+, seat \w+`, `button: Check out`, `StaticText: .+ and .+ are held for you until .+\.`)
	})
	t.Run("pay", func(t *testing.T) {
		t.Parallel()
		tab := b.Visitor(t)
		saleScenes["map-checkout"](t, tab)
		hears(t, tab, `dialog: Check out`, `rowheader: .+, row \w+, seat \w+`, `rowheader: All-in price`,
			`textbox: Email \[We’ll send your tickets here\.\]`, `textbox: Name \[As it should appear on the tickets\.\]`,
			`button: Pay €\d+`, `button: Back to the seats`)
	})
	t.Run("order", func(t *testing.T) {
		t.Parallel()
		tab := b.Visitor(t)
		saleScenes["order-back"](t, tab)
		hears(t, tab, `heading: Not paid yet`, `link: Go to the payment`, `button: Cancel the order`, `region: Your order`,
			`StaticText: Not paid yet\. .+`)
		p := ordered(t, "pay")
		for _, mark := range []struct {
			at   time.Duration
			says string
		}{{2 * time.Minute, "2 minutes left to pay."}, {time.Minute, "1 minute left to pay."},
			{20 * time.Second, "20 seconds left to pay."}} {
			p.later(p.order().PayBy.Sub(p.now()) - mark.at - 5*time.Second)
			p.shown(tab, "?back=1")
			tab.Until(fmt.Sprintf("document.querySelector('#say').textContent === %q", mark.says))
			tab.Until(`/^\d:\d\d · /.test(document.title)`)
		}
		saleScenes["order-pay"](t, tab)
		hears(t, tab, `heading: Your seats are held`, `link: Go to the payment`, `button: Cancel the order`,
			`region: Your order`, `StaticText: Your seats are held\. Pay before .+`)
	})
	t.Run("ticket", func(t *testing.T) {
		t.Parallel()
		tab := b.Visitor(t)
		ticketScenes["ticket-two"](t, tab)
		tab.Sees("Here are your 2 tickets")
		hears(t, tab, `heading: Here are your 2 tickets`, `button: Print`, `heading: Place 17`,
			`image: QR code of the ticket for Floor, place 17`, `heading: Seat 12`,
			`image: QR code of the ticket for Stalls 1, row C, seat 12`)
	})
}

// warns plays the end of a visit: said, a JavaScript expression, says each of these words as the time comes, and the
// title counts down.
func warns(t *testing.T, tab *browser.Tab, ready, said string, words ...string) {
	t.Helper()
	tab.Until(ready)
	browser.Eval[any](tab, `void (window.end = performance.now() + 1e6,
		window.foyer = { renew: async () => {}, get endsIn() { return (end - performance.now()) / 1000 } })`)
	for i, left := range []float64{121.5, 61.5, 21.5} {
		browser.Eval[any](tab, fmt.Sprintf("void (window.end = performance.now() + %v * 1000)", left))
		tab.Until(fmt.Sprintf("(%s).includes(%q)", said, words[i]))
		tab.Until(`/^\d:\d\d( · |$)/.test(document.title)`)
	}
}
