package site

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// TestShots takes a picture of everything that pages can show, on phones and on a desk, by day and by night, into the
// folder that FOYER_SHOTS names (only those that FOYER_SCENE lists, if it does). It is for looking at, so it runs only
// when asked to.
func TestShots(t *testing.T) {
	folder := os.Getenv("FOYER_SHOTS")
	if folder == "" {
		t.Skip("FOYER_SHOTS names no folder for the pictures")
	}
	b := browser.Start(t)
	only := strings.Fields(os.Getenv("FOYER_SCENE"))
	for name, scene := range everyScene() {
		if len(only) > 0 && !slices.Contains(only, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for screen, look := range map[string]browser.Look{
				"phone": {Width: 390, Height: 844, Scale: 2, Still: true}, "desk": {Width: 1280, Height: 800, Still: true},
				"small": {Width: 320, Height: 568, Scale: 2, Still: true},
			} {
				tab := b.Visitor(t)
				tab.Look(look)
				scene(t, tab)
				for _, light := range []string{"light", "dark"} {
					look.Dark = light == "dark"
					tab.Look(look)
					time.Sleep(300 * time.Millisecond)
					tab.Shot(filepath.Join(folder, name+"-"+screen+"-"+light+".png"))
				}
				tab.Open("about:blank")
			}
		})
	}
}

// scenes is everything that a visitor may see.
var scenes = map[string]func(*front, *browser.Tab){
	"waiting": func(f *front, tab *browser.Tab) {
		f.crowd(12000, 8000, 4000)
		show(f, tab, "people waiting")
	},
	"waiting-near": func(f *front, tab *browser.Tab) {
		f.crowd(3000, 8000, 1000)
		show(f, tab, "people waiting")
		f.crowd(3000, 8000, 2958)
		f.nudge()
		tab.Until(`document.querySelector('#number').textContent.length < 3`)
	},
	"waiting-next": func(f *front, tab *browser.Tab) {
		f.crowd(300, 8000, 300)
		show(f, tab, "You are next")
	},
	"waiting-counting": func(f *front, tab *browser.Tab) { show(f, tab, "counting") },
	"waiting-beyond": func(f *front, tab *browser.Tab) {
		f.status(func(st *zone.Status) { st.SeatsLeft = 1800 })
		f.crowd(12000, 8000, 4000)
		show(f, tab, "may not get a ticket")
	},
	"waiting-million": func(f *front, tab *browser.Tab) {
		f.status(func(st *zone.Status) { st.RateLow, st.RateHigh = 3500, 4200 })
		f.crowd(1200000, 8000, 400)
		show(f, tab, "people waiting")
	},
	"missed": func(f *front, tab *browser.Tab) {
		f.crowd(12, 8000, 3)
		show(f, tab, "people waiting")
		f.miss(tab)
		tab.Show()
		tab.Sees("first in line")
	},
	"turn": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		tab.Hide()
		f.call(2 * time.Minute)
		tab.Sees("left to go in")
	},
	"late": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		tab.Hide()
		f.call(time.Second)
		tab.Sees("you missed your turn")
	},
	"entering": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		tab.Hide()
		browser.Eval[bool](tab, `!(new BroadcastChannel('foyer-main')).postMessage('inside')`)
		tab.Sees("Taking you in")
	},
	"loading": func(f *front, tab *browser.Tab) {
		tab.Before(`window.fetch = () => new Promise(() => {})`)
		show(f, tab, "Finding your place")
	},
	"refused": func(f *front, tab *browser.Tab) { // as by a firewall before the CDN
		tab.Before(`const real = fetch; window.fetch = (...a) => /status/.test(a[0]) ? real(...a) :
			Promise.resolve(new Response('', { status: 403 }))`)
		f.sockets.Refuse(http.StatusForbidden)
		show(f, tab, "let you in")
	},
	"scheduled": func(f *front, tab *browser.Tab) {
		f.schedules(zone.FirstCome, time.Now().Add(52*time.Minute))
		f.status(func(st *zone.Status) { st.Waiting = 3120 })
		show(f, tab, "opens in")
	},
	"scheduled-far": func(f *front, tab *browser.Tab) {
		f.schedules(zone.FirstCome, time.Now().Add(75*time.Hour))
		show(f, tab, "opens in")
	},
	"scheduled-draw": func(f *front, tab *browser.Tab) {
		f.schedules(zone.Draw, time.Now().Add(12*time.Minute))
		f.status(func(st *zone.Status) { st.Waiting = 45210 })
		show(f, tab, "opens in")
	},
	"opening": func(f *front, tab *browser.Tab) {
		f.schedules(zone.FirstCome, time.Now().Add(3*time.Second))
		tab.Before(`let n = 0; const real = fetch;
			window.fetch = (...a) => /status/.test(a[0]) && ++n > 1 ? new Promise(() => {}) : real(...a)`)
		show(f, tab, "opens in")
		tab.Sees("The sale is starting")
	},
	"drawing": func(f *front, tab *browser.Tab) {
		f.schedules(zone.Draw, time.Now().Add(-time.Second))
		show(f, tab, "drawing")
	},
	"drawn": func(f *front, tab *browser.Tab) {
		f.schedules(zone.Draw, time.Now().Add(-time.Minute))
		f.crowd(12000, 8000, 4000)
		show(f, tab, "verify my draw")
		tab.Click("summary")
		tab.Sees("promised")
	},
	"paused": func(f *front, tab *browser.Tab) {
		f.crowd(12000, 8000, 4000)
		f.change(func(s *zone.Settings) { s.State = zone.Paused })
		show(f, tab, "pause")
	},
	"closed": func(f *front, tab *browser.Tab) {
		f.closes()
		show(f, tab, "closed")
	},
	"soldout": func(f *front, tab *browser.Tab) {
		f.crowd(1200, 8000, 400)
		f.sellsOut()
		show(f, tab, "sold out")
	},
	"leaving": func(f *front, tab *browser.Tab) {
		f.crowd(1200, 8000, 400)
		show(f, tab, "leave the line")
		tab.Click("#leave")
		tab.Sees("Leave the line?")
	},
	"left": func(f *front, tab *browser.Tab) {
		f.crowd(1200, 8000, 400)
		show(f, tab, "leave the line")
		tab.Click("#leave")
		tab.Click("#go")
		tab.Sees("you left the line")
	},
	"ended": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		f.end(tab)
		tab.Sees("has ended")
	},
	"unknown": func(f *front, tab *browser.Tab) {
		show(f, tab, "counting")
		f.connected()
		f.removed()
		f.asks()
		tab.Sees("There is no line here")
	},
	"cookies": func(f *front, tab *browser.Tab) {
		f.cookieOff = true
		show(f, tab, "cookies are blocked")
	},
	"reconnecting": func(f *front, tab *browser.Tab) {
		f.crowd(12000, 8000, 4000)
		tab.Before(`let n = 0; const real = fetch;
			window.fetch = (...a) => ++n > 1 ? Promise.reject(new Error('down')) : real(...a)`)
		show(f, tab, "people waiting")
		f.nudge()
		tab.Sees("reconnecting")
	},
	"error": func(f *front, tab *browser.Tab) {
		tab.Before(`window.fetch = () => Promise.reject(new Error('down'))`)
		show(f, tab, "reach the line")
	},
	"themed": func(f *front, tab *browser.Tab) {
		logo := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30">` +
			`<circle cx="15" cy="15" r="13" fill="#e0245e"/><text x="34" y="22" font-size="20" fill="#e0245e">acme</text></svg>`
		f.pages["theme.css"] = []byte(`:root{--logo:url("data:image/svg+xml,` + url.PathEscape(logo) + `");--logo-width:108px;
			--paper:#fff;--ink:#111;--soft:#555;--accent:#e0245e;--door:#1b3a8a;--light:#9fe7ff;--face:system-ui;
			--wall:#eef2ff}`)
		f.crowd(3000, 8000, 1000)
		show(f, tab, "people waiting")
		f.crowd(3000, 8000, 2400)
		f.nudge()
		tab.Until(`document.querySelector('#number').textContent.length < 4`)
	},
	"rtl": func(f *front, tab *browser.Tab) {
		f.crowd(3000, 8000, 1000)
		show(f, tab, "people waiting")
		f.crowd(3000, 8000, 2400)
		f.nudge()
		tab.Until(`document.querySelector('#number').textContent.length < 4`)
		browser.Eval[string](tab, `document.documentElement.dir = 'rtl'`)
	},
	"inside": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		f.callAll()
		tab.Sees("left of your visit")
	},
}

func show(f *front, tab *browser.Tab, text string) {
	tab.Open(f.URL + "/")
	tab.Sees(text)
}
