package site

import (
	"strings"
	"testing"

	"foyer/infra/test/browser"
	"foyer/internal/room/event"
)

// The event's page behind the gate, where there is no site of the operator's own.
func TestTheEventsPage(t *testing.T) {
	b := browser.Start(t)
	inside := func(t *testing.T, e event.Event) *browser.Tab {
		t.Helper()
		f, tab := newFront(t), b.Visitor(t)
		f.tell(e)
		f.crowd(12, 300, 3)
		show(f, tab, "your place in line")
		f.callAll()
		tab.Sees("left of your visit")
		return tab
	}
	t.Run("says what, when, where and by whom, and shows it", func(t *testing.T) {
		t.Parallel()
		e := ferries
		e.Imprint, e.Terms = "https://harbour.example/imprint", "https://harbour.example/terms"
		tab := inside(t, e)
		for _, text := range []string{"The Night Ferries · Harbour Hall", "Saturday", "doors", "Am Kai 4, Hamburg",
			"Bring a coat.", "Presented by Harbour Hall GmbH", "Write to Harbour Hall GmbH", "Imprint", "Terms",
			"Add to your calendar", "About the event"} {
			tab.Sees(text)
		}
		tab.Until(`document.title.includes('Night Ferries') &&
			document.querySelector('#picture img[alt^="A ferry"]').naturalWidth`)
		tab.Until(`document.querySelector('#away').href === 'https://harbour.example/ferries'`) // no seats are sold here
		for _, dark := range []bool{false, true} {
			tab.Look(browser.Look{Width: 360, Height: 740, Dark: dark, Still: true})
			if faults := browser.Audit(t, tab); len(faults) > 0 {
				t.Errorf("dark is %t: %d faults: %.900q", dark, len(faults), faults)
			}
		}
		if browser.Eval[bool](tab, "document.documentElement.scrollWidth > innerWidth") {
			t.Error("one must scroll sideways")
		}
	})
	t.Run("knows nothing but the zone's title", func(t *testing.T) {
		t.Parallel()
		tab := inside(t, event.Event{Zone: "main", Name: "A Night"})
		tab.Sees("A Night")
		tab.Until(`document.title === 'A Night' && !document.querySelector('#picture img')`)
		if text := tab.Text(); strings.Contains(text, "undefined") || strings.Contains(text, "Presented") {
			t.Errorf("it says:\n%s", text)
		}
	})
	t.Run("keeps its own picture where the event's can't be had", func(t *testing.T) {
		t.Parallel()
		e := ferries
		e.Picture = Prefix + "nothing.png"
		tab := inside(t, e)
		tab.Sees("Presented by")
		tab.Until(`document.querySelector('#picture .arch')`)
	})
	t.Run("sells seats", func(t *testing.T) {
		t.Parallel()
		h, tab := newHall(t, "theatre-300", 4), b.Visitor(t)
		tab.Open(h.URL + "/")
		tab.Sees("Choose your seats")
		until(tab, "$$('.rows path').length > 5")
	})
}

// TestNothingIsADeadEnd: from where nothing follows, a link leads on, also where a zone has no event.
func TestNothingIsADeadEnd(t *testing.T) {
	b := browser.Start(t)
	for name, c := range map[string]struct {
		path, says string
		change     func(*front)
	}{
		"the sale is closed":  {"/", "The sale is closed", func(f *front) { f.closes() }},
		"everything is sold":  {"/", "sold out", func(f *front) { f.sellsOut() }},
		"a link to no order":  {Prefix + "order/index.html#nothing", "", func(*front) {}},
		"a link to no ticket": {Prefix + "ticket/index.html#nothing", "No tickets here", func(*front) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, tab := newFront(t), b.Visitor(t)
			f.tell(event.Event{})
			c.change(f)
			tab.Open(f.URL + c.path)
			tab.Sees(c.says)
			tab.Until(`document.querySelector('#links a[href="/"]')?.checkVisibility()`)
		})
	}
	for name, scene := range map[string]string{"a zone that was removed": "unknown", "the visit has ended": "ended"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, tab := newFront(t), b.Visitor(t)
			f.tell(event.Event{})
			scenes[scene](f, tab)
			tab.Until(`document.querySelector('#links a[href="/"]')?.checkVisibility()`)
		})
	}
	t.Run("an event's own links come first", func(t *testing.T) {
		t.Parallel()
		f, tab := newFront(t), b.Visitor(t)
		f.closes()
		show(f, tab, "The sale is closed")
		tab.Until(`document.querySelector('#links a[href="https://harbour.example/ferries"]')?.checkVisibility()`)
	})
}
