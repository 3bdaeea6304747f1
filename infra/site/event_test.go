package site

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/event"
)

// ferries is the event of the page tests.
var ferries = event.Event{
	Zone: "main", Version: 1, Name: "The Night Ferries · Harbour Hall", TimeZone: "Europe/Berlin",
	Begin: time.Date(2027, 6, 19, 20, 45, 0, 0, time.FixedZone("", 7200)),
	Doors: time.Date(2027, 6, 19, 19, 0, 0, 0, time.FixedZone("", 7200)),
	Place: "Harbour Hall", Address: "Am Kai 4, Hamburg", Organiser: "Harbour Hall GmbH",
	Contact: "help@harbour.example", Link: "https://harbour.example/ferries", Message: "Bring a coat.",
	Picture: Prefix + "hosted/ferries.svg", PictureText: "A ferry crosses the harbour",
}

// answerEvent answers as the register function does.
func answerEvent(w http.ResponseWriter, e event.Event) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=15")
	w.Write([]byte(e.Encode()))
}

func TestPagesSayWhatWhenAndWhere(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	sees := func(t *testing.T, tab *browser.Tab, all ...string) {
		t.Helper()
		for _, one := range all {
			tab.Sees(one)
		}
		if errors := tab.Errors(); len(errors) > 0 {
			t.Errorf("the page complains: %q", errors)
		}
	}
	t.Run("the waiting room", func(t *testing.T) {
		f, tab := newFront(t), b.Visitor(t)
		f.crowd(12, 300, 3)
		show(f, tab, "your place in line")
		sees(t, tab, "Saturday", "2027", "Harbour Hall", "Bring a coat.", "Add to your calendar",
			"Write to Harbour Hall GmbH")
		f.set("event", 2)
		later := ferries
		later.Version, later.Status = 2, event.Postponed
		f.mu.Lock()
		f.event = later
		f.mu.Unlock()
		f.nudge()
		sees(t, tab, "Postponed: the new date")
	})
	t.Run("a ticket", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "C-12")), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		sees(t, tab, "The Night Ferries", "Saturday", "Am Kai 4, Hamburg", "Add to your calendar", "€45.50")
	})
	t.Run("an order", func(t *testing.T) {
		tab := b.Visitor(t)
		buys(t, tab, "", set("state", "done"))
		sees(t, tab, "The Night Ferries", "Saturday", "Am Kai 4, Hamburg", "About the event", "€130")
	})
	t.Run("the map and the checkout", func(t *testing.T) {
		h, tab := newHall(t, "theatre-300", 4), b.Visitor(t)
		tab.Open(h.URL + seatsPage)
		const inside = `document.querySelector('foyer-seats').shadowRoot`
		tab.Until(inside + `.querySelector('.event')?.textContent.includes('Harbour Hall')`)
		tab.Until(inside + `.querySelector('h2').textContent.includes('The Night Ferries')`)
		text := browser.Eval[string](tab, inside+`.querySelector('dialog .event').textContent`)
		if !strings.Contains(text, "2027") {
			t.Errorf("the checkout says %q", text)
		}
	})
}
