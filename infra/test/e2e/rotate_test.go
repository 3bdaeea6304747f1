package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"foyer/infra/local/lambda"
	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// TestNobodyIsRejectedWhenKeysChange replaces the token keys while visitors wait, are inside and arrive: three times,
// after which the first key is gone. What two weeks bring between two rotations is played: functions are new processes
// that have read the keys, and all visitors have asked for the status, or for a new access token.
func TestNobodyIsRejectedWhenKeysChange(t *testing.T) {
	c := up(t)
	b := browser.Start(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 1 })
	inside, waiting := h.entersAlone(), h.joins()
	v := opens(t, b)
	v.Open(h.url())
	v.inLine()
	until(t, soon, "the browser's place", func() bool { return len(h.waiting()) == 2 })
	me, first := v.me(h).You.ID, keys(t)

	for range 3 {
		over := rejects(t, inside, waiting)
		if err := c.RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // and for a while after
		over()
		for _, name := range []string{"register", "admit", "relay"} { // the other readers need only the seed
			starts := c.Lambda.Stats()[name].ColdStarts
			if err := c.Lambda.Kill(name, lambda.KillNow); err != nil {
				t.Fatal(err)
			}
			until(t, soon, "a new "+name, func() bool {
				s := c.Lambda.Stats()[name]
				return s.Processes == 0 || s.ColdStarts > starts
			})
		}
		waiting.send("GET", "/foyer/zones/"+h.name+"/status", "")
		inside.send("GET", "/foyer/zones/"+h.name+"/status", "")
		inside.goesIn()
		if now := v.me(h).You; now == nil || now.ID != me {
			t.Fatalf("the browser is somebody else now: %+v", now)
		}
	}
	for what, text := range map[string]string{"waiting": waiting.visitor, "inside": inside.visitor,
		"new": h.arrives().visitor} {
		if _, err := first.ParseVisitor(h.name, text, time.Now()); err == nil {
			t.Errorf("the first key still signs for the one who is %s: nothing was rotated", what)
		}
	}
	v.Reload()
	v.inLine()
	inside.leaves()
	waiting.goesIn()
	if a := waiting.open(); a.Status != http.StatusOK {
		t.Errorf("in on a new key: %d %s", a.Status, a.Body)
	}
	waiting.leaves()
	v.within(90*time.Second, isInside)
}

// rejects reports everyone that is turned away, until over is called.
func rejects(t *testing.T, inside, waiting *app) (over func()) {
	t.Helper()
	expect := func(what string, a answer, good bool) {
		if !good {
			t.Errorf("%s: %d %s", what, a.Status, a.Body)
		}
	}
	stop := make(chan struct{})
	var asking sync.WaitGroup
	again := func(do func()) {
		asking.Go(func() {
			for {
				do()
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	again(func() {
		a := inside.open()
		expect("inside", a, a.Status == http.StatusOK)
	})
	again(func() {
		a := waiting.post("register", "")
		expect("registering again", a, a.Status == http.StatusOK)
		a = waiting.post("enter", "")
		expect("waiting", a, a.JSON.Code == "not_called")
	})
	again(func() {
		p := &app{h: inside.h}
		a := p.open()
		expect("a newcomer", a, a.Status == http.StatusTooManyRequests && p.visitor != "")
		a = p.post("register", "")
		expect(fmt.Sprintf("a newcomer registers with %.40s", p.visitor), a, a.Status == http.StatusOK)
		a = p.post("leave", "")
		expect("a newcomer leaves", a, a.Status == http.StatusOK)
	})
	return func() {
		close(stop)
		asking.Wait()
	}
}
