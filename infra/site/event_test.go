package site

import (
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
		sees(t, tab, "Saturday", "2027", "Berlin time", "Harbour Hall", "Bring a coat.", "Add to your calendar",
			"Write to Harbour Hall GmbH")
		later := ferries
		later.Status = event.Postponed
		f.tell(later)
		f.nudge()
		sees(t, tab, "Postponed: the new date")
	})
	t.Run("a ticket", func(t *testing.T) {
		tab := b.Visitor(t)
		tab.Open(sold(t, "ready").tickets())
		sees(t, tab, "The Night Ferries", "Saturday", "Am Kai 4, Hamburg", "Add to your calendar", "€89")
	})
	t.Run("an order", func(t *testing.T) {
		tab := b.Visitor(t)
		ordered(t, "done").shown(tab, "")
		sees(t, tab, "The Night Ferries", "Saturday", "Am Kai 4, Hamburg", "About the event", "€130")
	})
	t.Run("the map and the checkout", func(t *testing.T) {
		h, tab := newHall(t, "theatre-300", 4), b.Visitor(t)
		h.enter(tab)
		const inside = `document.querySelector('foyer-seats').shadowRoot`
		tab.Until(inside + `.querySelector('.event')?.textContent.includes('Harbour Hall')`)
		tab.Until(inside + `.querySelector('h2').textContent.includes('The Night Ferries')`)
		press(tab, ".wish .main")
		until(tab, "$('.hold .main:not(:disabled)')")
		press(tab, ".hold .main")
		until(tab, "$('dialog[open]')")
		text := browser.Eval[string](tab, inside+`.querySelector('dialog .event').textContent`)
		if !strings.Contains(text, "2027") {
			t.Errorf("the checkout says %q", text)
		}
	})
}
