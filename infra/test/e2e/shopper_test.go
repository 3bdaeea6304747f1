package e2e

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/audittest"
)

// sells puts a sample seat map into the zone.
func (h *hall) sells(name string) {
	h.t.Helper()
	raw, err := os.ReadFile("../../../testdata/venues/" + name + ".json")
	if err != nil {
		h.t.Fatal(err)
	}
	v, err := venue.Parse(raw)
	if err != nil {
		h.t.Fatal(err)
	}
	store := h.seats()
	if _, err := (&seatmap.Loader{Zones: h.zones, Seats: store, Maps: store, Now: time.Now}).Load(h.t.Context(),
		h.name, v); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) seats() *dynsale.Seats {
	return dynsale.NewSeats(cloud.Dynamo, cloud.Prefix+"seats", cloud.Prefix+"holds")
}

// taken is every seat that is sold, in order.
func (h *hall) taken() (ids []string) {
	h.t.Helper()
	o, err := h.seats().Overview(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, part := range o.Sections {
		seats, err := h.seats().Snapshot(h.t.Context(), h.name, part.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, one := range seats {
			if one.Status(time.Now()) == seat.Taken {
				ids = append(ids, one.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// shopper is a visitor that comes to buy, with a mailbox.
type shopper struct {
	*visit
	email   string
	mailbox string // its page
}

func (h *hall) shopper(b *browser.Browser) *shopper {
	h.t.Helper()
	page := httptest.NewServer(cloud.Mailbox.Page())
	h.t.Cleanup(page.Close)
	return &shopper{opens(h.t, b), "ana." + h.name + "@example.com", page.URL}
}

// insideHall makes a hall with seats and room, and a shopper inside.
func insideHall(t *testing.T, b *browser.Browser) (*hall, *shopper) {
	t.Helper()
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.SeatsPerBuyer = 20, 4 })
	h.sells("theatre-300")
	house, began := h.audited(), time.Now()
	t.Cleanup(func() { audittest.Agree(t, house, h.name, began) }) // what is still on its way is missed by nobody
	h.seen("direct entry", func(s status) bool { return s.Direct })
	v := h.shopper(b)
	v.Open(h.url())
	v.Until(isInside)
	return h, v
}

// in is a JavaScript expression about the seat map's inside: $ finds one element, $$ all of them, el is the map.
func in(expression string) string {
	return "(() => { const el = document.querySelector('foyer-seats'), r = el && el.shadowRoot; if (!r) " +
		"return undefined;" +
		"const $ = (s) => r.querySelector(s), $$ = (s) => [...r.querySelectorAll(s)]; return " + expression + " })()"
}

// clicks clicks a seat on the map with the mouse, once it is drawn, in the middle of the screen. A map that moved
// between the look and the click is clicked again.
func (v *shopper) clicks(seat string) {
	v.t.Helper()
	v.Until(in(fmt.Sprintf("$('.link.on') && el.sale.shown(%[1]q) === 'available' && el.sale.venue.seat(%[1]q) && "+
		"$$('.rows path').length > 5", seat)))
	clicked := in(fmt.Sprintf("el.sale.shown(%q) !== 'available'", seat))
	for end := time.Now().Add(browser.Patience); !v.is(clicked); {
		if time.Now().After(end) {
			v.t.Fatalf("every click missed %s", seat)
		}
		browser.Eval[any](v.Tab, in("void el.box.scrollIntoView({block: 'center', behavior: 'instant'})"))
		at := browser.Eval[[]float64](v.Tab, in(fmt.Sprintf(
			"(() => { const s = el.sale.venue.seat(%q), c = el.map.camera, b = el.box.getBoundingClientRect(); return [b.left "+
				"+ (s.x - c.x) * c.k, b.top + (s.y - c.y) * c.k] })()", seat)))
		v.Mouse(at[0], at[1], input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
		for range 60 {
			if v.is(clicked) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// stays begins the session anew.
func (v *shopper) stays() {
	v.t.Helper()
	v.Until("!!window.foyer")
	browser.Eval[any](v.Tab, "window.foyer.renew().then(() => null)")
}

// presses presses a button of the map.
func (v *shopper) presses(selector string) {
	v.t.Helper()
	v.Until(in(fmt.Sprintf("$(%q) && !$(%[1]q).disabled", selector)))
	browser.Eval[any](v.Tab, in(fmt.Sprintf("void $(%q).click()", selector)))
}

func (v *shopper) holds(n int) {
	v.t.Helper()
	v.Until(in(fmt.Sprintf("$$('.hold li:not(.pending)').length === %d", n)))
}

func (v *shopper) seat(id, status string) {
	v.t.Helper()
	v.Until(in(fmt.Sprintf("el.sale.shown(%q) === %q", id, status)))
}

// fills fills the form in and goes on to pay.
func (v *shopper) fills() {
	v.t.Helper()
	v.Until(in("$('dialog[open]') && r.activeElement.name === 'email'"))
	v.Press(v.email)
	v.Press(kb.Tab)
	v.Press("Ana Ferreira")
	v.Press(kb.Enter)
}

// focused is the name of what has the focus, in the seat map too.
const focused = `(() => {
	let e = document.activeElement;
	while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
	if (!e || e === document.body) return '';
	return e.getAttribute('aria-label') || (e.labels && e.labels[0] ? e.labels[0] : e).textContent.trim() })()`

// tabsTo presses Tab until what has that name has the focus.
func (v *shopper) tabsTo(name string) {
	v.t.Helper()
	for range 60 {
		if at := browser.Eval[string](v.Tab, focused); len(at) < 200 && strings.Contains(at, name) {
			return
		}
		v.Press(kb.Tab)
	}
	v.t.Fatalf("Tab never came to %q", name)
}

// done waits until the order's page says so, and shows the tickets.
func (v *shopper) done(tickets int) {
	v.t.Helper()
	v.Until(`location.pathname === '/foyer/site/order/index.html' &&
		['done', 'ready'].includes(document.documentElement.dataset.scene)`)
	v.Until(fmt.Sprintf(`document.documentElement.dataset.scene === 'ready' &&
		document.querySelectorAll('#lines li').length === %d`, tickets))
	if !v.is(says("Your purchase is complete")) || !v.is(says(v.email)) {
		v.t.Errorf("the order's page says:\n%s", v.Text())
	}
}

// hasMail finds the mail in the mailbox, and in it a code a ticket, and the way to the tickets, which works in
// another browser too.
func (v *shopper) hasMail(tickets int) {
	v.t.Helper()
	until(v.t, browser.Patience, "the mail", func() bool { return len(cloud.Mailbox.Mails(v.email)) > 0 })
	box := v.Another()
	box.Open(v.mailbox)
	box.Sees(v.email)
	box.Sees("Your tickets for")
	mails := cloud.Mailbox.Mails(v.email)
	box.Open(fmt.Sprintf("%s/mails/%d/html", v.mailbox, mails[0].ID))
	box.Sees("You’re going.")
	box.Until(fmt.Sprintf(`[...document.images].filter((i) => i.naturalWidth > 100).length === %d`, tickets))
	box.Open(browser.Eval[string](box, `[...document.links].find((a) => a.href.includes('/foyer/site/ticket/')).href`))
	box.Until(fmt.Sprintf(`document.querySelectorAll('.ticket svg').length === %d`, tickets))
	if len(mails) != 1 {
		v.t.Errorf("%d mails came", len(mails))
	}
}

// opensTickets goes on from the order's page, and lets the door check the codes.
func (v *shopper) opensTickets(n int) {
	v.t.Helper()
	link := strings.SplitN(strings.SplitN(browser.Eval[string](v.Tab, `location.hash`), "#", 2)[1], ".", 2)
	v.Click("#tickets")
	v.Sees(fmt.Sprintf("Here are your %d tickets", n))
	v.Until(fmt.Sprintf(`document.querySelectorAll('.ticket svg').length === %d`, n))
	keys, err := ticket.ParseSecret(cloud.Secrets.Get("foyer/ticket-keys"))
	if err != nil {
		v.t.Fatal(err)
	}
	var order struct {
		Number  string
		Tickets []struct{ Seat, Code string }
	}
	a := ask(v.t, "GET", "/foyer/orders/"+link[0], "", "X-Foyer-Order-Secret: "+link[1])
	if err := json.Unmarshal([]byte(a.Body), &order); err != nil || len(order.Tickets) != n {
		v.t.Fatalf("the order is %s (%v)", a.Body, err)
	}
	for _, one := range order.Tickets {
		if claim, err := keys.Verify(one.Code); err != nil || claim.Seat != one.Seat || claim.Order != order.Number {
			v.t.Errorf("the door reads %+v of %q: %v", claim, one.Code, err)
		}
	}
}
