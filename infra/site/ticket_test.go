package site

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
)

// ticketPage opens an order that every test of the page knows.
const ticketPage = Prefix + "ticket/index.html#0123456789abcdef0123456789abcdef.s3cret"

// desk answers for one order, and for its zone's title.
type desk struct {
	*httptest.Server
	order atomic.Pointer[map[string]any] // nil: there is none
	down  atomic.Bool
	asked atomic.Int32
}

func newDesk(t *testing.T, order map[string]any) *desk {
	d := &desk{}
	if order != nil {
		d.order.Store(&order)
	}
	front := newFront(t)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/foyer/orders/0123456789abcdef0123456789abcdef":
			d.asked.Add(1)
			w.Header().Set("Content-Type", "application/json")
			known := d.order.Load()
			switch {
			case d.down.Load():
				w.WriteHeader(http.StatusServiceUnavailable)
			case known == nil || r.Header.Get("X-Foyer-Order-Secret") != "s3cret":
				w.WriteHeader(http.StatusNotFound)
			default:
				json.NewEncoder(w).Encode(*known)
			}
		default:
			front.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

// bought is an order as its buyer reads it, in a state.
func bought(t *testing.T, state string, labels ...string) map[string]any {
	t.Helper()
	keys, err := ticket.ParseSecret(`{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`)
	if err != nil {
		t.Fatal(err)
	}
	var seats []map[string]any
	var ids []string
	for i, text := range labels {
		label := seat.Label{Section: "Floor", Seat: text}
		if row, number, numbered := strings.Cut(text, "-"); numbered {
			label = seat.Label{Section: "Stalls", Row: row, Seat: number}
		}
		ids = append(ids, "ST-C-"+string(rune('1'+i)))
		seats = append(seats, map[string]any{"seat": ids[i], "section": "ST", "label": label, "category": "A", "price": 4550})
	}
	o := map[string]any{"order": "0123456789abcdef0123456789abcdef", "number": "K7M2P9QX4R",
		"zone": "main", "state": state,
		"name": "Ada Lovelace", "seats": seats, "amount": 4550 * len(ids), "currency": "EUR", "digits": 2}
	if state == "paid" {
		if o["tickets"], err = keys.Issue("main", "K7M2P9QX4R", ids); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestTicketPage(t *testing.T) {
	b := browser.Start(t)
	t.Run("tickets are shown, each with its seat and its own code", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "C-12", "C-13")), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		tab.Sees("Here are your 2 tickets")
		tab.Sees("Harbour Hall")
		for _, text := range []string{"Seat 12", "Seat 13", "Stalls, row C", "Ada Lovelace", "K7M2P9QX4R", "2 of 2"} {
			tab.Sees(text)
		}
		codes := browser.Eval[[]string](tab,
			`[...document.querySelectorAll('.code svg path')].map((p) => p.getAttribute('d'))`)
		if len(codes) != 2 || codes[0] == codes[1] || len(codes[0]) < 1000 {
			t.Errorf("%d codes", len(codes))
		}
		names := browser.Eval[string](tab, `document.querySelector('.code svg').getAttribute('aria-label')`)
		if !strings.Contains(names, "Stalls, row C, seat 12") {
			t.Errorf("the code is called %q", names)
		}
	})
	t.Run("tickets come by themselves once the order is paid", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "authorised", "17")), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		tab.Sees("Almost there")
		paid := bought(t, "paid", "17")
		d.order.Store(&paid)
		tab.Sees("Here is your ticket")
		tab.Sees("Place 17")
	})
	t.Run("trouble is said, and passes", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "17")), b.Visitor(t)
		d.down.Store(true)
		tab.Open(d.URL + ticketPage)
		tab.Sees("look up your tickets")
		d.down.Store(false)
		tab.Sees("Here is your ticket")
	})
	for state, says := range map[string]string{"refunded": "were refunded", "expired": "There are no tickets",
		"pending": "Not paid yet"} {
		t.Run(state, func(t *testing.T) {
			d, tab := newDesk(t, bought(t, state, "17")), b.Visitor(t)
			tab.Open(d.URL + ticketPage)
			tab.Sees(says)
			if browser.Eval[bool](tab, `!!document.querySelector('.code')`) {
				t.Error("it shows a code")
			}
		})
	}
	t.Run("a link that is cut short opens nothing and asks once at most", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "17")), b.Visitor(t)
		tab.Open(d.URL + strings.TrimSuffix(ticketPage, "et"))
		tab.Sees("No tickets here")
		if d.asked.Load() > 1 {
			t.Errorf("asked %d times", d.asked.Load())
		}
	})
}

// TestTicketShots is TestShots for the ticket page.
func TestTicketShots(t *testing.T) {
	folder := os.Getenv("FOYER_SHOTS")
	if folder == "" {
		t.Skip("FOYER_SHOTS names no folder for the pictures")
	}
	b := browser.Start(t)
	for name, order := range map[string]map[string]any{
		"ticket-two":  bought(t, "paid", "C-12", "C-13"),
		"ticket-one":  bought(t, "paid", "1017"),
		"ticket-soon": bought(t, "authorised", "17"), "ticket-gone": nil,
	} {
		d, tab := newDesk(t, order), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		tab.Until(`document.getElementById('head').textContent !== 'One moment'`)
		for look, screen := range map[string]browser.Look{
			"phone-light": {Width: 390, Height: 844, Scale: 2, Still: true},
			"phone-dark":  {Width: 390, Height: 844, Scale: 2, Dark: true, Still: true},
			"desk-light":  {Width: 1280, Height: 800, Still: true},
			"desk-dark":   {Width: 1280, Height: 800, Dark: true, Still: true},
			"small-light": {Width: 320, Height: 568, Scale: 2, Still: true},
		} {
			tab.Look(screen)
			time.Sleep(150 * time.Millisecond)
			tab.Shot(filepath.Join(folder, name+"-"+look+".png"))
			if wide := browser.Eval[int](tab, "document.documentElement.scrollWidth"); int64(wide) > screen.Width {
				t.Errorf("%s is %d wide on %s", name, wide, look)
			}
		}
		if errors := tab.Errors(); len(errors) > 0 {
			t.Errorf("%s: %q", name, errors)
		}
	}
}
