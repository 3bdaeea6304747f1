package site

import (
	"context"
	"fmt"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// lose makes pages be asked for without the access token from now on, or not any more.
func (c *cloud) lose(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loses = yes
}

// welcomes has room for everybody, as the edge knows.
func (f *front) welcomes() {
	f.t.Helper()
	f.callAll()
	waitFor(f.t, "direct entry", func() bool {
		_, st := f.mem.Stands("main")
		return st.Direct
	})
}

// visited has somebody been inside, and come again without the access token that says so; change is what happens
// between.
func (f *front) visited(tab *browser.Tab, change func(visits *admit.Service, v token.Visitor, ref bucket.Ref)) {
	f.t.Helper()
	f.welcomes()
	tab.Open(f.URL + "/")
	tab.Sees("left of your visit")
	p := f.grants(bucket.Inside)[0]
	id := p.Grants[0].Key.Visitor()
	change(f.admit.Grants.(*admit.Service), token.Visitor{Zone: "main", ID: id, Priority: queue.DefaultPriority},
		bucket.Ref{Page: p.Number})
	f.lose(true)
	tab.Open(f.URL + "/buy?size=4")
	f.lose(false)
}

// elsewhere has a visit go on from another network, and come back where it may in a while.
func (f *front) elsewhere(tab *browser.Tab, in time.Duration) {
	f.t.Helper()
	f.visited(tab, func(visits *admit.Service, v token.Visitor, ref bucket.Ref) {
		_, err := visits.EnterFrom(context.Background(), v, ref, f.ring.Network("main", "4 10.9.8"))
		f.must(err)
		f.later(token.AskAgain - in)
	})
}

// struggles has the admitter's database down.
func (f *front) struggles(tab *browser.Tab) {
	f.t.Helper()
	f.welcomes()
	f.fault("zones.Settings", errDown)
	tab.Open(f.URL + "/buy?size=4")
}

func TestTheDoorOpensHoweverOftenItTakes(t *testing.T) {
	const page = "/buy?size=4"
	const shop, room = `document.querySelector('#pass')`, `document.querySelector('#rail')`
	b := browser.Start(t)
	for name, c := range map[string]struct {
		story   func(*front, *browser.Tab)
		ends    string // what is seen then
		address string
	}{
		"at once": {func(f *front, tab *browser.Tab) {
			f.welcomes()
			tab.Open(f.URL + page)
		}, shop, page},
		"after trouble": {func(f *front, tab *browser.Tab) {
			f.struggles(tab)
			tab.Sees("longer than usual")
			f.fault("zones.Settings", nil)
		}, shop, page},
		"after another network": {func(f *front, tab *browser.Tab) {
			f.elsewhere(tab, 10*time.Second)
			tab.Sees("open on another network")
		}, shop, page},
		"with a visit that ended": {func(f *front, tab *browser.Tab) {
			f.visited(tab, func(visits *admit.Service, v token.Visitor, ref bucket.Ref) {
				f.must(visits.Leave(context.Background(), v, ref))
			})
		}, shop, page},
		"or it is the line's turn": {func(f *front, tab *browser.Tab) {
			f.status(func(st *zone.Status) { st.Direct = true })
			tab.Open(f.URL + page)
		}, room, page},
		"and never in circles": {func(f *front, tab *browser.Tab) {
			f.welcomes()
			f.lose(true)
			tab.Open(f.URL + page)
		}, room, page},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, tab := newFront(t), b.Visitor(t)
			c.story(f, tab)
			tab.Until(c.ends)
			tab.Until(fmt.Sprintf("location.pathname + location.search === %q", c.address))
			if errors := tab.Errors(); len(errors) > 0 {
				t.Errorf("the page complains: %q", errors)
			}
		})
	}
}
