package e2e

import (
	"testing"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// TestStories plays what happens to visitors in a real browser, side by side.
func TestStories(t *testing.T) {
	t.Parallel()
	up(t)
	b := browser.Start(t)
	for name, story := range map[string]func(*testing.T, *browser.Browser){
		"waits, is called over the socket, goes in":    waitsAndGoesIn,
		"refreshing and other tabs keep the place":     keepsThePlace,
		"goes in without sockets":                      goesInWithoutSockets,
		"proves nothing, sees the waiting room":        provesNothing,
		"goes straight in where there is room":         goesStraightIn,
		"sees pause, opening, closing and sold out":    seesTheZonesLife,
		"is early, and the doors open by themselves":   isEarly,
		"is let through in an emergency, and back":     isLetThrough,
		"takes part in a draw and verifies it":         takesPartInADraw,
		"leaves the queue":                             leavesTheQueue,
		"misses the turn and is first in line":         missesTheTurn,
		"visits two zones at once":                     visitsTwoZones,
		"waits where a rule says so":                   waitsByARule,
		"leaves from inside and comes back as another": leavesFromInside,
		"pauses by itself while its site answers 503":  pausesWhileItsSite(fails),
		"pauses by itself while its site says nothing": pausesWhileItsSite(silent),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, b)
		})
	}
}

// waitsAndGoesIn: behind a crowd that comes and goes, a visitor sees place and wait, gets "your turn", and is inside.
func waitsAndGoesIn(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 3 })
	c, err := crowd.New(crowd.Options{FrontDoor: h.url(), Zone: h.name, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), crowd.Plan{Visitors: 27, PerSecond: 50, Stay: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	until(t, soon, "the crowd to wait", func() bool { s := c.Stats(); return s.Registered+s.Direct == 27 })

	v := opens(t, b)
	v.Open(h.url())
	v.inLine()
	first := v.place()
	if first < 2 || first > 28 {
		t.Errorf("place %d behind a crowd of 27", first)
	}
	if v.is(isInside) || !v.is(`document.querySelector('#rail[role=progressbar]')`) {
		t.Error("no waiting page")
	}
	v.within(time.Minute,
		`/Your wait\s+(up to|about|less|more|a minute|\d)/i.test(document.querySelector('#facts').innerText)`)
	v.within(4*time.Minute, isInside)
	v.lived("wait turn page") // one page, the call over the socket, and then the event
	if complaints := v.Errors(); len(complaints) > 0 {
		t.Errorf("the pages complain: %q", complaints)
	}
	if s := c.Stats(); s.Failed > 0 {
		t.Errorf("the crowd: %+v", s)
	}
}

func keepsThePlace(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	for range 3 {
		h.joins()
	}
	desk := opens(t, b) // the browser; its tabs come and go
	tab := desk.another()
	tab.Open(h.url())
	if n := tab.place(); n != 4 {
		t.Fatalf("place %d behind three", n)
	}
	me := tab.me(h).You.ID
	for range 2 {
		h.joins()
	}
	tab.Reload()
	second := tab.another()
	second.Open(h.url())
	for what, v := range map[string]*visit{"refreshed": tab, "in a second tab": second} {
		if n := v.place(); n != 4 || v.me(h).You.ID != me {
			t.Errorf("%s: place %d", what, n)
		}
	}
	tab.Close()
	second.Close()
	again := desk.another()
	again.Open(h.url())
	if n := again.place(); n != 4 || again.me(h).You.ID != me {
		t.Errorf("closed and opened again: place %d", n)
	}
	if n := len(h.waiting()); n != 6 {
		t.Errorf("%d places in the queue, want 6", n)
	}
}

// blocked is a browser whose network, or extension, lets no socket through.
const blocked = `window.noSocket = true;
	window.WebSocket = class { constructor() { throw new DOMException('blocked', 'SecurityError') } }`

func goesInWithoutSockets(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 1 })
	holder := h.entersAlone()
	v := &visit{b.Visitor(t), t}
	v.Before(blocked)
	v.Before(diary)
	v.Open(h.url())
	v.inLine()
	until(t, soon, "the visitor to have a place", func() bool { return len(h.waiting()) == 1 })
	holder.leaves()
	v.within(90*time.Second, isInside)
	v.lived("wait page")
}

// TestSocketsRefused is the same where the network refuses the handshake, which holds for the whole cloud.
func TestSocketsRefused(t *testing.T) {
	c := up(t)
	b := browser.Start(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 1 })
	holder := h.entersAlone()
	c.Sockets.Refuse(403)
	defer c.Sockets.Refuse(0)
	v := opens(t, b)
	v.Open(h.url())
	v.inLine()
	until(t, soon, "the visitor to have a place", func() bool { return len(h.waiting()) == 1 })
	holder.leaves()
	v.within(90*time.Second, isInside)
	v.lived("wait page")
	if s := c.Sockets.Stats(); s.Refused == 0 {
		t.Errorf("no socket was tried: %+v", s)
	}
}

func goesStraightIn(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 50 })
	h.seen("direct entry", func(s status) bool { return s.Direct })
	v := opens(t, b)
	v.Open(h.url() + "seats?row=7")
	v.Sees("You’re inside")
	v.lived("wait page") // a static page of ours asks the admitter, and goes on by itself
	if at := browser.Eval[string](v.Tab, "location.pathname + location.search"); at != h.page()+"seats?row=7" {
		t.Errorf("ended up at %s", at)
	}
	if n := h.origin(); n != 1 {
		t.Errorf("%d origin requests", n)
	}
}

func visitsTwoZones(t *testing.T, b *browser.Browser) {
	full := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	free := newHall(t, func(s *zone.Settings) { s.Capacity = 50 })
	free.seen("direct entry", func(s status) bool { return s.Direct })
	waiting := opens(t, b)
	waiting.Open(full.url())
	waiting.inLine()
	inside := waiting.another()
	inside.Open(free.url())
	inside.Sees("You’re inside")
	if waiting.me(full).You.ID == inside.me(free).You.ID {
		t.Error("one visitor id in two zones")
	}
	waiting.Reload()
	waiting.inLine()
	inside.Click("#leave")
	inside.Sees("You gave up your place")
	if n := len(full.waiting()); n != 1 || full.origin() != 0 {
		t.Errorf("leaving one zone: %d wait in the other, whose origin got %d requests", n, full.origin())
	}
	waiting.inLine()
}

func leavesTheQueue(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	v := opens(t, b)
	v.Open(h.url())
	v.inLine()
	until(t, soon, "a place", func() bool { return len(h.waiting()) == 1 })
	me := v.me(h).You.ID
	v.Click("#leave")
	v.Click("#stay")
	if len(h.waiting()) != 1 {
		t.Error("staying gave the place up")
	}
	v.Click("#leave")
	v.Click("#go")
	v.Sees("You left the line")
	if n := len(h.waiting()); n != 0 {
		t.Errorf("%d places are left", n)
	}
	v.Click("#anew")
	v.inLine()
	until(t, soon, "a new place", func() bool { return len(h.waiting()) == 1 })
	if v.me(h).You.ID == me {
		t.Error("came back as the same visitor")
	}
}

func leavesFromInside(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 50 })
	h.seen("direct entry", func(s status) bool { return s.Direct })
	v := opens(t, b)
	v.Open(h.url())
	v.Sees("You’re inside")
	me := v.me(h).You.ID
	v.Click("#leave")
	v.Sees("You gave up your place")
	v.Reload()
	v.Sees("You’re inside")
	if now := v.me(h).You.ID; now == me {
		t.Error("came back as the same visitor")
	}
	inside := 0
	for _, p := range h.log() {
		for _, g := range p.Grants {
			if g.State.Live() {
				inside++
			}
		}
	}
	if inside != 1 {
		t.Errorf("%d live grants, want 1", inside)
	}
}

// missesTheTurn: called while nobody looks, then back: first in line, before everybody that came between.
func missesTheTurn(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.Window = 1, 5*time.Second })
	holder := h.entersAlone()
	v := opens(t, b)
	v.Open(h.url())
	v.inLine()
	until(t, soon, "a place", func() bool { return len(h.waiting()) == 1 })
	second, third := h.joins(), h.joins()
	v.Hide()
	holder.leaves()
	second.goesIn() // the turn was missed
	v.Show()
	v.within(time.Minute, says("first in line"))
	until(t, soon, "the place to be taken again", func() bool { return len(h.waiting()) == 2 })
	second.leaves()
	v.within(time.Minute, isInside)
	if a := third.post("enter", ""); a.JSON.Code != "not_called" {
		t.Errorf("the third in line: %d %s", a.Status, a.Body)
	}
}
