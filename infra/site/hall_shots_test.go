package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
)

// TestSaleShots is TestShots for the pages of the sale.
func TestSaleShots(t *testing.T) {
	folder := os.Getenv("FOYER_SHOTS")
	if folder == "" {
		t.Skip("FOYER_SHOTS names no folder for the pictures")
	}
	b := browser.Start(t)
	only := os.Getenv("FOYER_SCENE")
	for name, scene := range saleScenes {
		if only != "" && !strings.Contains(only+" ", name+" ") {
			continue
		}
		tab := b.Visitor(t)
		looks := map[string]browser.Look{
			"phone-light": {Width: 390, Height: 844, Scale: 2, Still: true},
			"phone-dark":  {Width: 390, Height: 844, Scale: 2, Dark: true, Still: true},
			"desk-light":  {Width: 1280, Height: 800, Still: true},
			"desk-dark":   {Width: 1280, Height: 800, Dark: true, Still: true},
			"small-light": {Width: 320, Height: 568, Scale: 2, Still: true},
		}
		for look, screen := range looks {
			if strings.Contains(os.Getenv("FOYER_LOOKS"), "-") && !strings.Contains(os.Getenv("FOYER_LOOKS"), look) {
				continue
			}
			tab.Look(screen)
			scene(t, tab)
			time.Sleep(300 * time.Millisecond)
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

const seatsPage = Prefix + "seats/index.html"

// shadow is the JavaScript of the seat map's inside.
const shadow = "document.querySelector('foyer-seats').shadowRoot"

// enter opens the seat map and waits until it is drawn.
func (h *hall) enter(tab *browser.Tab) {
	tab.Open(h.URL + seatsPage)
	tab.Until(shadow + ".querySelector('.map svg path[d]')")
	tab.Until(shadow + ".querySelector('.link.on')")
}

// buys makes a hall with one order in the given state, and opens its page.
func buys(t *testing.T, tab *browser.Tab, query string, change func(order map[string]any)) {
	h := newHall(t, "theatre-300", 4)
	h.order = anOrder()
	change(h.order)
	tab.Open("about:blank")
	tab.Open(h.URL + Prefix + "order/index.html" + query + "#ab12cd34ef56ab12cd34ef56ab12cd34.shh")
	tab.Until("document.querySelector('#head').textContent !== 'One moment'")
}

// set returns a change of an order.
func set(pairs ...any) func(map[string]any) {
	return func(o map[string]any) {
		for i := 0; i < len(pairs); i += 2 {
			o[pairs[i].(string)] = pairs[i+1]
		}
	}
}

var saleScenes = map[string]func(*testing.T, *browser.Tab){
	"hosted": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.wear(t)
		tab.Open(h.URL + "/")
		tab.Until(shadow + ".querySelectorAll('.rows path').length > 20 && document.querySelector('#picture img')")
	},
	"map-theatre": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.wear(t)
		h.enter(tab)
		tab.Until(shadow + ".querySelectorAll('.rows path').length > 20")
	},
	"map-hall": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "hall-5000", 4)
		h.wear(t)
		h.enter(tab)
	},
	"map-arena": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "arena-50000", 4)
		h.crowded(t)
		h.enter(tab)
		tab.Until(shadow + ".querySelector('.left-none')")
	},
	"map-near": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.wear(t)
		h.enter(tab)
		browser.Eval[int](tab, shadow+".querySelector('.wish .main').click()||1")
		tab.Until(shadow + ".querySelectorAll('.hold li').length === 2")
	},
	"map-list": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.wear(t)
		h.enter(tab)
		browser.Eval[int](tab, shadow+".querySelector('.wish .main').click()||1")
		tab.Until(shadow + ".querySelectorAll('.hold li').length === 2")
		browser.Eval[int](tab, shadow+".querySelectorAll('.tabs button')[1].click()||1")
		browser.Eval[int](tab, shadow+".querySelector('.sections summary').click()||1")
		tab.Until(shadow + ".querySelectorAll('.row button').length > 20")
	},
	"map-checkout": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.enter(tab)
		browser.Eval[int](tab, shadow+".querySelector('.wish .main').click()||1")
		tab.Until(shadow + ".querySelectorAll('.hold li').length === 2")
		browser.Eval[int](tab, shadow+".querySelector('.hold .main').click()||1")
		tab.Until(shadow + ".querySelector('dialog[open]')")
	},
	"map-types": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "hall-5000", 4)
		h.enter(tab)
		browser.Eval[int](tab, "(h => { h.types = {'st1-AD-2': 'carer', 'st2-A-9': 'child'}; "+
			"h.swap(['st1-AD-1', 'st1-AD-2', 'st2-A-9', 'st2-A-10']); return 1 })"+
			"(document.querySelector('foyer-seats').sale.hold)")
		tab.Until(shadow + ".querySelectorAll('.hold select').length === 4")
		browser.Eval[int](tab, "matchMedia('(max-width: 700px)').matches ? "+shadow+".querySelector('.fold').click()||1 : 1")
	},
	"map-taken": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.enter(tab)
		h.mu.Lock()
		h.deaf = true
		h.mu.Unlock()
		h.others(t, []string{"stalls-A-9", "stalls-A-10"})
		browser.Eval[int](tab, "document.querySelector('foyer-seats').sale.hold.swap(['stalls-A-9'])?1:0")
		tab.Until("!" + shadow + ".querySelector('.note').hidden")
	},
	"map-event": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.wear(t)
		tab.Open(h.URL + "/#choose")
		tab.Until(shadow + ".querySelectorAll('.rows path').length > 20")
		browser.Eval[any](tab, "void document.querySelector('#choose').scrollIntoView()")
	},
	"map-soon": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "hall-5000", 4)
		h.enter(tab)
		browser.Eval[int](tab, shadow+".querySelector('.wish .main').click()||1")
		tab.Until(shadow + ".querySelectorAll('.hold li').length === 2")
		browser.Eval[any](tab, "void (document.querySelector('foyer-seats').sale.hold.until = Date.now() + 42000)")
		tab.Until(shadow + ".querySelector('.soon')")
		browser.Eval[int](tab, shadow+".querySelector('.legend summary').click()||1")
	},
	"order-pay":      func(t *testing.T, tab *browser.Tab) { buys(t, tab, "?x", set("state", "pending")) },
	"order-back":     func(t *testing.T, tab *browser.Tab) { buys(t, tab, "?back=1", set("state", "pending")) },
	"order-unopened": func(t *testing.T, tab *browser.Tab) { buys(t, tab, "", set("checkoutUrl", "")) },
	"order-done":     func(t *testing.T, tab *browser.Tab) { buys(t, tab, "", set("state", "authorised")) },
	"order-ready": func(t *testing.T,
		tab *browser.Tab) {
		buys(t, tab, "", set("state", "paid", "tickets", []int{1, 2}))
	},
	"order-closing": func(t *testing.T,
		tab *browser.Tab) {
		buys(t, tab, "", set("state", "closing", "reason", "cancelled"))
	},
	"order-expired": func(t *testing.T,
		tab *browser.Tab) {
		buys(t, tab, "", set("state", "expired", "reason", "expired"))
	},
	"order-seats-lost": func(t *testing.T, tab *browser.Tab) {
		buys(t, tab, "", set("state", "cancelled", "reason", "seats_lost"))
	},
	"order-declined": func(t *testing.T, tab *browser.Tab) {
		buys(t, tab, "", set("state", "cancelled", "reason", "payment_failed"))
	},
	"order-refunded": func(t *testing.T,
		tab *browser.Tab) {
		buys(t, tab, "", set("state", "refunded", "reason", "refund"))
	},
}
