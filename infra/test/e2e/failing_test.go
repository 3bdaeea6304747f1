package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// shopHost is a host of the front door beside the main one, with a site of its own.
const shopHost = "shop.foyer.test"

// shop is that site, of which each hall sees a part that can fail by itself.
var shop = &moody{}

// moody is a site that answers, fails, or says nothing at all, as it is told for each hall.
type moody struct {
	mu    sync.Mutex
	moods map[string]mood
}

type mood string

const (
	well   mood = ""
	fails  mood = "answers 503"
	silent mood = "never answers"
)

func (m *moody) feels(hall string, how mood) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.moods == nil {
		m.moods = map[string]mood{}
	}
	m.moods[hall] = how
}

// ServeHTTP answers /z/<hall>/…, and /health/<hall>, which is open to all.
func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hall := strings.Split(r.URL.Path+"//", "/")[2]
	m.mu.Lock()
	how := m.moods[hall]
	m.mu.Unlock()
	switch how {
	case silent:
		<-r.Context().Done()
	case fails:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "the shop is down")
	default:
		fmt.Fprint(w, "the shop")
	}
}

// pausesWhileItsSite: a zone that watches its site by the way that visitors go pauses by itself, lets nobody in
// meanwhile, and opens again. Visitors inside stay there, and see what the site says and nothing that was kept.
func pausesWhileItsSite(how mood) func(*testing.T, *browser.Browser) {
	return func(t *testing.T, _ *browser.Browser) {
		h := newHall(t, func(s *zone.Settings) {
			s.Capacity, s.Probe = 5, "http://"+shopHost+"/health/"+s.Zone
		})
		const host = "Host: " + shopHost
		sees := func(p *app, status int, text string) {
			t.Helper()
			a := p.send("GET", h.page(), "", host)
			if a.Status != status || a.Body != text {
				t.Errorf("the page is %d %s, want %d %s", a.Status, a.Body, status, text)
			}
		}
		becomes := func(state zone.State, byProbe bool) {
			t.Helper()
			until(t, 2*time.Minute, "the zone to be "+string(state)+" by itself", func() bool {
				s := h.settings()
				return s.State == state && s.PausedByProbe == byProbe && h.status().State == string(state)
			})
		}
		inside := h.entersAlone()
		sees(inside, http.StatusOK, "the shop")
		shop.feels(h.name, how)
		t.Cleanup(func() { shop.feels(h.name, well) })
		becomes(zone.Paused, true)
		if how == fails {
			sees(inside, http.StatusServiceUnavailable, "the shop is down")
		}
		time.Sleep(3 * time.Second) // by when every run of the exchanger has read the settings anew
		waits := h.joins()
		for range 3 {
			if a := waits.post("enter", ""); a.JSON.Code != "not_called" {
				t.Errorf("let in while the site is down: %d %s", a.Status, a.Body)
			}
			time.Sleep(time.Second)
		}
		shop.feels(h.name, well)
		sees(inside, http.StatusOK, "the shop")
		becomes(zone.Open, false)
		waits.goesIn()
		sees(waits, http.StatusOK, "the shop")
	}
}
