package site

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/zone"
)

// The waiting room in a real browser, against a front door whose decisions the test makes.
func TestPages(t *testing.T) {
	b := browser.Start(t)
	for name, story := range map[string]func(*testing.T, *front, *browser.Tab){
		"a visitor waits, is called over the socket, and is inside without asking": throughTheSocket,
		"where sockets are blocked, the visitor still gets in":                     withoutSockets,
		"the place never moves backwards on screen, nor by a reload":               neverBackwards,
		"a missed turn is told, registered again, and comes first":                 missed,
		"a covered page says so in its title, and goes in when it is seen":         covered,
		"two tabs hold one place, and the one in front goes in":                    twoTabs,
		"a zone opens before the visitor's eyes":                                   opens,
		"who waits at a closed zone hears of its reopening":                        reopens,
		"leaving asks first, can be done by keyboard, and starts anew":             leaving,
		"a visit that ended is told, and can start anew":                           ended,
		"a browser without cookies is told once, not sent in circles":              noCookies,
		"inside, leaving gives the slot back":                                      leaveInside,
		"the draw can be verified on the page, and a swapped seed is shouted at":   verifyDraw,
		"alerts are asked for by a click, and never before":                        alerts,
		"the address loses Foyer's parameters and keeps everybody else's":          address,
		"without scripts, the page says that a reload keeps the place and does so": noScript,
		"nothing jumps on a phone while the page learns what it shows":             nothingJumps,
		"what a screen reader hears changes with the phase, not with every number": spoken,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFront(t)
			tab := b.Visitor(t)
			story(t, f, tab)
			if errors := tab.Errors(); len(errors) > 0 {
				t.Errorf("the page complains: %q", errors)
			}
		})
	}
}

func throughTheSocket(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(1200, 300, 200)
	show(f, tab, "1,000")
	tab.Sees("8 to 12 min")
	tab.Until("performance.getEntriesByType('navigation').length === 1")
	browser.Eval[int](tab, "window.mark = 1")
	if f.cdn.Stats().Origin["main"] != 0 {
		t.Error("the origin was asked while the visitor waited")
	}
	f.callAll()
	tab.Sees("The Night Ferries")
	tab.Sees("you’re inside")
	if f.made("POST enter") != 1 || f.made("POST register") != 0 {
		t.Errorf("%d enters and %d registers over HTTP", f.made("POST enter"), f.made("POST register"))
	}
	if f.made("GET status") > 2 {
		t.Errorf("%d status requests", f.made("GET status"))
	}
}

func withoutSockets(t *testing.T, f *front, tab *browser.Tab) {
	f.sockets.Refuse(http.StatusForbidden)
	f.crowd(12, 300, 11)
	show(f, tab, "your place in line")
	f.callAll()
	tab.Sees("you’re inside")
	if f.made("POST register") != 1 {
		t.Errorf("%d registers over HTTP", f.made("POST register"))
	}
}

func neverBackwards(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(900, 300, 100)
	show(f, tab, "your place in line")
	last := place(t, tab)
	for _, step := range []struct{ ahead, called int }{{900, 200}, {1200, 200}, {1200, 600}, {2500, 600}} {
		asked := f.made("GET status")
		f.crowd(step.ahead, 300, step.called)
		f.nudge()
		waitFor(t, "another status", func() bool { return f.made("GET status") > asked })
		time.Sleep(100 * time.Millisecond)
		if now := place(t, tab); now > last {
			t.Errorf("from %d back to %d", last, now)
		} else {
			last = now
		}
	}
	if last < 590 || last > 615 {
		t.Errorf("the place stands at %d, not about 601", last)
	}
	tab.Reload()
	tab.Sees("your place in line")
	if now := place(t, tab); now != last {
		t.Errorf("from %d to %d by a reload", last, now)
	}
}

func missed(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	f.miss(tab)
	tab.Show()
	tab.Sees("first in line")
	if f.made("POST register") != 1 {
		t.Errorf("registered %d times over HTTP", f.made("POST register"))
	}
	f.callAll()
	tab.Sees("you’re inside")
}

func covered(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	tab.Hide()
	icon := browser.Eval[string](tab, "document.querySelector('link[rel=icon]').href")
	f.callAll()
	tab.Until("document.title.includes('left to go in')")
	if browser.Eval[string](tab, "document.querySelector('link[rel=icon]').href") == icon {
		t.Error("the icon is the same")
	}
	if f.made("POST enter") != 0 {
		t.Error("went in behind the visitor's back")
	}
	tab.Show()
	tab.Sees("you’re inside")
}

func twoTabs(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	second := tab.Another()
	show(f, second, "your place in line")
	if a, b := place(t, tab), place(t, second); a != b {
		t.Errorf("places %d and %d", a, b)
	}
	if f.visitors() != 1 {
		t.Errorf("%d visitors", f.visitors())
	}
	second.Hide() // its socket is the newer one, and only it gets messages
	f.callAll()
	tab.Sees("you’re inside")
	second.Show()
	second.Sees("you’re inside")
	if errors := second.Errors(); len(errors) > 0 {
		t.Errorf("the second tab complains: %q", errors)
	}
}

func opens(t *testing.T, f *front, tab *browser.Tab) {
	f.schedules(zone.FirstCome, time.Now().Add(8*time.Second))
	show(f, tab, "opens in")
	f.crowd(40, 300, 0)
	tab.Sees("your place in line")
}

func reopens(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	f.nudge()
	f.closes()
	f.asks()
	tab.Sees("closed")
	if open := f.sockets.Stats().Open; open != 1 {
		t.Errorf("%d sockets of who waits", open)
	}
	f.change(func(s *zone.Settings) { s.State = zone.Open })
	f.asks()
	tab.Sees("your place in line")
	if f.made("POST register") != 0 || f.visitors() != 1 {
		t.Errorf("registered %d times over HTTP, %d visitors", f.made("POST register"), f.visitors())
	}
}

func leaving(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(1200, 300, 200)
	show(f, tab, "leave the line")
	tab.Click("#leave")
	tab.Until("document.querySelector('dialog').open && document.activeElement.id === 'stay'")
	tab.Press("\r")
	tab.Until("!document.querySelector('dialog').open")
	if f.made("POST leave") != 0 {
		t.Error("left although the visitor stayed")
	}
	tab.Click("#leave")
	tab.Until("document.querySelector('dialog').open && document.activeElement.id === 'stay'")
	tab.Press("\t")
	tab.Until("document.activeElement.id !== 'stay'")
	tab.Press("\r")
	tab.Sees("you left the line")
	if f.made("POST leave") != 1 {
		t.Errorf("%d leaves", f.made("POST leave"))
	}
	tab.Click("#anew")
	tab.Sees("your place in line")
	if f.visitors() != 2 {
		t.Errorf("%d visitors: starting anew is a new one", f.visitors())
	}
}

func ended(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	f.end(tab)
	tab.Sees("your visit has ended")
	tab.Click("#anew")
	tab.Sees("your place in line")
	if f.made("POST leave") != 0 || f.visitors() != 2 { // nothing is left to give up
		t.Errorf("%d leaves, %d visitors", f.made("POST leave"), f.visitors())
	}
}

func noCookies(t *testing.T, f *front, tab *browser.Tab) {
	f.cookieOff = true
	show(f, tab, "cookies are blocked")
	asked := f.made("GET status")
	time.Sleep(time.Second)
	if f.made("GET status") != asked || asked > 2 {
		t.Errorf("%d, then %d status requests", asked, f.made("GET status"))
	}
}

func leaveInside(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(12, 300, 3)
	show(f, tab, "your place in line")
	f.callAll()
	tab.Sees("left of your visit")
	tab.Click("#leave")
	tab.Sees("gave up your place")
	if f.made("POST leave") != 1 {
		t.Errorf("%d leaves", f.made("POST leave"))
	}
	f.stops()
	tab.Reload()
	tab.Sees("in line")
}

func verifyDraw(t *testing.T, f *front, tab *browser.Tab) {
	f.schedules(zone.Draw, time.Now().Add(-time.Minute))
	f.crowd(1200, 300, 200)
	show(f, tab, "verify my draw")
	tab.Click("summary")
	tab.Sees("is the one that was promised")
	seed, _ := f.seed(t.Context(), "main")
	tab.Sees(seed[:12])
	f.draws(strings.Repeat("0", 64))
	f.nudge()
	tab.Sees("is NOT the one that was promised")
}

func alerts(t *testing.T, f *front, tab *browser.Tab) {
	tab.Before(`window.asked = 0; window.Notification = class {
		static permission = 'default';
		static requestPermission() { window.asked++; Notification.permission = 'granted'; }
		constructor(title) { window.notified = title; } }`)
	f.crowd(12, 300, 3)
	show(f, tab, "alert me")
	if browser.Eval[int](tab, "window.asked") != 0 {
		t.Error("asked for notifications without being asked to")
	}
	tab.Click("#alert")
	tab.Sees("we will notify you")
	if browser.Eval[int](tab, "window.asked") != 1 {
		t.Error("did not ask for notifications")
	}
	tab.Hide()
	f.callAll()
	tab.Until("window.notified")
}

func address(t *testing.T, f *front, tab *browser.Tab) {
	tab.Open(f.URL + "/some/page?foyer_w=1&ticket=2&foyer_c=1#seat")
	tab.Until("location.search === '?ticket=2' && location.hash === '#seat' && location.pathname === '/some/page'")
}

func noScript(t *testing.T, f *front, tab *browser.Tab) {
	html := string(read(t, f.pages, WaitPage))
	if !strings.Contains(html, "needs JavaScript: without it you have no place") || strings.Contains(html, `"refresh"`) {
		t.Error("the page says nothing to browsers without scripts")
	}
}

func nothingJumps(t *testing.T, f *front, tab *browser.Tab) {
	tab.Look(browser.Phone)
	tab.Before(`window.shifts = []; new PerformanceObserver((l) => l.getEntries().forEach((e) => shifts.push(e.value)))
		.observe({type: 'layout-shift', buffered: true})`)
	show(f, tab, "counting")
	tab.Sees("Harbour Hall")
	f.crowd(1200, 300, 200)
	f.nudge()
	tab.Sees("your place in line")
	sum := browser.Eval[float64](tab,
		`new Promise((done) => setTimeout(() => done(shifts.reduce((a, b) => a + b, 0)), 500))`)
	if sum > 0.02 {
		t.Errorf("the layout shifted by %.3f", sum)
	}
}

func spoken(t *testing.T, f *front, tab *browser.Tab) {
	f.crowd(1200, 300, 200)
	show(f, tab, "your place in line")
	tab.Until("document.querySelector('#say').textContent.includes('Your place in line')")
	said := browser.Eval[string](tab, "document.querySelector('#say').textContent")
	f.crowd(1200, 300, 500)
	f.nudge()
	tab.Until("parseInt(document.querySelector('#number').textContent) < 720")
	if now := browser.Eval[string](tab, "document.querySelector('#say').textContent"); now != said {
		t.Errorf("said %q at once after %q", now, said)
	}
	f.change(func(s *zone.Settings) { s.State = zone.Paused })
	f.nudge()
	tab.Until("document.querySelector('#say').textContent.includes('pause')")
}

// place is the number on the screen, once there is one.
func place(t *testing.T, tab *browser.Tab) int {
	t.Helper()
	tab.Until("document.querySelector('#number').textContent")
	text := browser.Eval[string](tab, "document.querySelector('#number').textContent")
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		t.Fatalf("the page shows the place %q", text)
	}
	return n
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(browser.Patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", browser.Patience, what)
		}
	}
}
