package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// quick bounds the time that an operator's change takes to reach the edge.
const quick = 30 * time.Second

func seesTheZonesLife(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	h.joins()
	v := opens(t, b)
	v.Open(h.url())
	if n := v.place(); n != 2 {
		t.Fatalf("place %d", n)
	}
	set := func(state zone.State) {
		t.Helper()
		h.change(func(s *zone.Settings) { s.State = state })
		if took := h.seen(string(state), func(s status) bool { return s.State == string(state) }); took > quick {
			t.Errorf("%s after %v", state, took)
		}
	}
	set(zone.Paused)
	v.finds("A short pause")
	if n := v.place(); n != 2 {
		t.Errorf("place %d in the pause", n)
	}
	set(zone.Closed)
	v.finds("The sale is closed")
	set(zone.Open)
	v.finds("You are in line")
	if n := v.place(); n != 2 {
		t.Errorf("place %d after all that", n)
	}
	until(t, browser.Patience, "the page to say that it is sold out", func() bool {
		soldOut(t, h)
		v.looks()
		return v.is(says("Sold out"))
	})
	if n := len(h.waiting()); n != 2 || h.origin() != 0 {
		t.Errorf("%d places are left, %d origin requests", n, h.origin())
	}
}

// soldOut says so at the edge, until the relay has something else to say: the zone sells no seats.
func soldOut(t *testing.T, h *hall) {
	t.Helper()
	text, found := cloud.Store.Get("z." + h.name)
	if !found {
		t.Fatal("the edge doesn't know the zone")
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	state["so"], state["l"] = json.RawMessage("1"), json.RawMessage("0")
	changed, _ := json.Marshal(state)
	if err := cloud.Store.Put("z."+h.name, string(changed)); err != nil {
		t.Fatal(err)
	}
}

func isEarly(t *testing.T, b *browser.Browser) {
	opens10 := time.Now().Add(10 * time.Second)
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.State, s.OpensAt = 10, zone.Scheduled, opens10 })
	v := opens(t, b)
	v.Open(h.url())
	v.Sees("The sale hasn’t started yet")
	v.Until(`/^0:0\d$/.test(document.querySelector('#number').textContent)`)
	v.within(90*time.Second, isInside)
	if now := time.Now(); now.Before(opens10) {
		t.Errorf("inside %v before the opening", opens10.Sub(now))
	}
	v.Until(`/^wait (turn )*page $/.test(sessionStorage.diary)`) // without a reload by the visitor
}

// takesPartInADraw: commitment before, seed after, rank recomputed on the page, and then in by rank.
func takesPartInADraw(t *testing.T, b *browser.Browser) {
	at := time.Now().Add(12 * time.Second)
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Policy, s.State, s.OpensAt = 0, zone.Draw, zone.Scheduled, at
	})
	early := h.arrives()
	registered := early.post("register", "")
	if registered.Status != 200 || registered.JSON.Key != "" || registered.JSON.Lane != 0 {
		t.Errorf("registering before the draw: %d %s, want no key: it would tell the rank",
			registered.Status, registered.Body)
	}
	v := opens(t, b)
	v.Open(h.url())
	v.Sees("takes part in a draw")
	v.Click("#draw summary")
	v.Sees("Fingerprint")
	before := v.me(h)
	if before.You.Key != "" || before.Draw == nil || before.Draw.Seed != "" || len(before.Draw.Commitment) != 64 {
		t.Errorf("before the draw: %+v %+v", before.You, before.Draw)
	}
	v.within(time.Minute, says("Drawing places"))
	v.within(90*time.Second, says("The seed is the one that was promised before the sale"))
	after := v.me(h)
	if after.Draw.Commitment != before.Draw.Commitment || len(after.You.Key) != 46 {
		t.Errorf("after the draw: %+v %+v", after.You, after.Draw)
	}
	if rank := after.You.Key[2:14]; !v.is(says(rank)) {
		t.Errorf("the page shows another rank than %s:\n%s", rank, v.Text())
	}
	again := early.post("register", "")
	if again.JSON.Key != keyOf(early) || again.JSON.Key == "" {
		t.Errorf("registering after the draw gives %s, the edge says %s", again.JSON.Key, keyOf(early))
	}
	h.change(func(s *zone.Settings) { s.Capacity = 1 })
	if after.You.Key < again.JSON.Key {
		v.within(90*time.Second, isInside)
		return
	}
	early.goesIn()
	early.leaves()
	v.within(90*time.Second, isInside)
}

// keyOf returns the app's order key from the edge's status.
func keyOf(p *app) string {
	var s status
	_ = json.Unmarshal([]byte(p.send("GET", "/foyer/zones/"+p.h.name+"/status", "").Body), &s)
	if s.You == nil {
		return ""
	}
	return s.You.Key
}
