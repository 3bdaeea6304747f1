package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// isLetThrough: an emergency drops the queue for everybody, waiting or arriving; when it is over, the line
// is what it was, and goes on in its order.
func isLetThrough(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	first, second := h.joins(), h.joins()
	v := opens(t, b)
	v.Open(h.url())
	if n := v.place(); n != 3 {
		t.Fatalf("place %d", n)
	}
	places := h.sorted()
	through := func(yes bool) {
		t.Helper()
		want := http.StatusTooManyRequests
		if yes {
			want = http.StatusOK
		}
		h.change(func(s *zone.Settings) { s.LetThrough = yes })
		until(t, quick, "the edge to know",
			func() bool { return ask(t, "GET", h.page(), "", "Accept: application/json").Status == want })
		for who, p := range map[string]*app{"first": first, "second": second} {
			if a := p.open(); a.Status != want {
				t.Errorf("let through %v: the %s gets %d", yes, who, a.Status)
			}
		}
	}

	through(true)
	v.within(90*time.Second, `document.body && !document.documentElement.dataset.phase`) // the page noticed by itself
	v.lived("wait page")
	browser.Eval[bool](v.Tab, `foyer.renew().then(() => true)`) // as the page does by itself after a while
	v.lived("wait page")
	if a := second.post("register", ""); a.Status != http.StatusOK {
		t.Errorf("asking for a place meanwhile: %d %s", a.Status, a.Body)
	}

	through(false)
	v.Reload()
	v.inLine()
	if n := v.place(); n != 3 {
		t.Errorf("place %d when the line is back", n)
	}
	if now := h.sorted(); !slices.Equal(now, places) || len(h.log()) != 0 {
		t.Errorf("the places were %v and are %v; %d pages of grants", places, now, len(h.log()))
	}
	h.change(func(s *zone.Settings) { s.Capacity = 1 })
	first.goesIn()
	first.leaves()
	second.goesIn()
	second.leaves()
	v.within(2*time.Minute, isInside)
}

// sorted is every place in the queue, the first in line first.
func (h *hall) sorted() []queue.Key {
	h.t.Helper()
	all := h.waiting()
	slices.SortFunc(all, queue.Key.Compare)
	return all
}
