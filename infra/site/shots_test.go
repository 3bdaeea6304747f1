package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
)

// TestShots takes a picture of everything the pages can show, on a phone and on a desk, by day and by night, into
// the folder that FOYER_SHOTS names (only those that FOYER_SCENE lists, if it does). It is for looking at, so it runs
// only when asked to.
func TestShots(t *testing.T) {
	folder := os.Getenv("FOYER_SHOTS")
	if folder == "" {
		t.Skip("FOYER_SHOTS names no folder for the pictures")
	}
	b := browser.Start(t)
	only := os.Getenv("FOYER_SCENE")
	for name, scene := range scenes {
		if only != "" && !strings.Contains(only+" ", name+" ") {
			continue
		}
		f := newFront(t)
		tab := b.Visitor(t)
		scene(f, tab)
		for look, screen := range map[string]browser.Look{
			"phone-light": {Width: 390, Height: 844, Scale: 2, Still: true},
			"phone-dark":  {Width: 390, Height: 844, Scale: 2, Dark: true, Still: true},
			"desk-light":  {Width: 1280, Height: 800, Still: true},
			"desk-dark":   {Width: 1280, Height: 800, Dark: true, Still: true},
			"small-light": {Width: 320, Height: 568, Scale: 2, Still: true},
		} {
			tab.Look(screen)
			time.Sleep(120 * time.Millisecond)
			tab.Shot(filepath.Join(folder, name+"-"+look+".png"))
			if wide := browser.Eval[int](tab, "document.documentElement.scrollWidth"); int64(wide) > screen.Width {
				t.Errorf("%s is %d wide on %s", name, wide, look)
			}
		}
		if errors := tab.Errors(); len(errors) > 0 {
			t.Errorf("%s: %q", name, errors)
		}
	}
}

const seed = "5f1d7a84db00d2fce00b31a7fc73224f2c1b6f9d0a1e4c3b2a19080706050403"

func draw(revealed bool) map[string]string {
	sum := sha256.Sum256([]byte("main" + seed))
	d := map[string]string{"commitment": hex.EncodeToString(sum[:])}
	if revealed {
		d["seed"] = seed
	}
	return d
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
		f.set("seatsLeft", 1800)
		f.crowd(12000, 8000, 4000)
		show(f, tab, "may not get a ticket")
	},
	"waiting-million": func(f *front, tab *browser.Tab) {
		f.set("rate", map[string]int{"low": 3500, "high": 4200})
		f.crowd(1200000, 8000, 400)
		show(f, tab, "people waiting")
	},
	"missed": func(f *front, tab *browser.Tab) {
		f.crowd(300, 8000, 300)
		f.refuseWith("missed")
		f.crowd(12, 8000, 3)
		show(f, tab, "people waiting")
		f.call(30 * time.Second)
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
		f.call(0)
		tab.Sees("you missed your turn")
	},
	"entering": func(f *front, tab *browser.Tab) {
		f.crowd(12, 80, 3)
		show(f, tab, "people waiting")
		tab.Hide()
		browser.Eval[bool](tab, `!(new BroadcastChannel('foyer-main')).postMessage('inside')`)
		tab.Sees("Taking you in")
	},
	"scheduled": func(f *front, tab *browser.Tab) {
		f.set("state", "scheduled", "opensAt", time.Now().Add(52*time.Minute).UnixMilli(), "waiting", 3120)
		show(f, tab, "opens in")
	},
	"scheduled-far": func(f *front, tab *browser.Tab) {
		f.set("state", "scheduled", "opensAt", time.Now().Add(75*time.Hour).UnixMilli())
		show(f, tab, "opens in")
	},
	"scheduled-draw": func(f *front, tab *browser.Tab) {
		f.set("state", "scheduled", "opensAt", time.Now().Add(12*time.Minute).UnixMilli(), "policy", "draw", "draw",
			draw(false), "waiting", 45210)
		show(f, tab, "opens in")
	},
	"opening": func(f *front, tab *browser.Tab) {
		f.set("state", "scheduled", "opensAt", time.Now().Add(-time.Second).UnixMilli())
		show(f, tab, "The sale is starting")
	},
	"drawing": func(f *front, tab *browser.Tab) {
		f.set("policy", "draw", "opensAt", time.Now().Add(time.Second).UnixMilli(), "draw", draw(false))
		show(f, tab, "drawing")
	},
	"drawn": func(f *front, tab *browser.Tab) {
		f.set("policy", "draw", "opensAt", time.Now().Add(-time.Minute).UnixMilli(), "draw", draw(true))
		f.crowd(12000, 8000, 4000)
		show(f, tab, "verify my draw")
		tab.Click("summary")
		tab.Sees("promised")
	},
	"paused": func(f *front, tab *browser.Tab) {
		f.crowd(12000, 8000, 4000)
		f.set("state", "paused")
		show(f, tab, "pause")
	},
	"closed": func(f *front, tab *browser.Tab) {
		f.set("state", "closed")
		show(f, tab, "closed")
	},
	"soldout": func(f *front, tab *browser.Tab) {
		f.crowd(1200, 8000, 400)
		f.set("soldOut", true, "seatsLeft", 0)
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
		f.crowd(12, 80, 12)
		f.refuseWith("ended")
		f.set("called", "ff")
		show(f, tab, "has ended")
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
		f.theme = `:root{--logo:url("data:image/svg+xml,` + url.PathEscape(logo) + `");--logo-width:108px;
			--paper:#fff;--ink:#111;--soft:#555;--accent:#e0245e;--door:#1b3a8a;--light:#9fe7ff;--face:system-ui;--wall:#eef2ff}`
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

// eachScene looks at scenes of the waiting page, at scenes of the sale and at the ticket page.
func eachScene(t *testing.T, b *browser.Browser, rooms, sales []string, look func(*testing.T, *browser.Tab)) {
	t.Helper()
	for _, name := range rooms {
		t.Run(name, func(t *testing.T) {
			f, tab := newFront(t), b.Visitor(t)
			scenes[name](f, tab)
			look(t, tab)
		})
	}
	for _, name := range sales {
		t.Run(name, func(t *testing.T) {
			tab := b.Visitor(t)
			saleScenes[name](t, tab)
			look(t, tab)
		})
	}
	t.Run("ticket", func(t *testing.T) {
		d, tab := newDesk(t, bought(t, "paid", "C-12", "17")), b.Visitor(t)
		tab.Open(d.URL + ticketPage)
		tab.Sees("Here are your 2 tickets")
		look(t, tab)
	})
}
