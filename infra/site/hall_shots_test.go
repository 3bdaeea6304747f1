package site

import (
	"net/http"
	"testing"

	"foyer/infra/test/browser"
)

const seatsPage = Prefix + "seats/index.html"

// shadow is the JavaScript of the seat map's inside.
const shadow = "document.querySelector('foyer-seats').shadowRoot"

// enter opens the seat map and waits until it is drawn.
func (h *hall) enter(tab *browser.Tab) {
	tab.Open(h.URL + seatsPage)
	tab.Until(shadow + ".querySelector('.map svg path[d]')")
	tab.Until(shadow + ".querySelector('.link.on')")
}

// ordered makes a hall with one order in the given state.
func ordered(t *testing.T, state string) *purchase {
	p := newHall(t, "theatre-300", 4).buys("stalls-C-9", "stalls-C-10")
	states[state](p)
	return p
}

// shown opens the order's page.
func (p *purchase) shown(tab *browser.Tab, query string) {
	tab.Open("about:blank")
	tab.Open(p.page(query))
	tab.Until("document.querySelector('#head').textContent !== 'One moment'")
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
		h.deafen()
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
	"map-soldout": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		sellOut(t, h)
		h.enter(tab)
		until(tab, "el.sale.gone()")
		press(tab, ".wish .main")
		until(tab, "$('.note').textContent.includes('Every seat is taken')")
	},
	"map-over": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.enter(tab)
		h.ends()
		press(tab, ".wish .main")
		until(tab, "$('.over h2')")
	},
	"map-none": func(t *testing.T, tab *browser.Tab) {
		f := newFront(t)
		tab.Open(f.URL + seatsPage)
		until(tab, "$('.state').textContent.length > 20")
	},
	"map-catching": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.enter(tab)
		h.sockets.Refuse(http.StatusForbidden)
		h.sockets.Cut()
		until(tab, "$('.link').textContent.includes('Catching')")
	},
	"map-card": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.enter(tab)
		browser.Eval[any](tab, in(`void el.sale.load("stalls")`))
		until(tab, `el.sale.venue.seat("stalls-C-9")`)
		finger(tab, "stalls-C-9")
		until(tab, `el.sale.venue.seat("stalls-C-9").of.pitch * el.map.camera.k >= 27.4 && !el.map.moving`)
		finger(tab, "stalls-C-9")
		until(tab, "!$('.tip').hidden")
	},
	"order-loading": func(t *testing.T, tab *browser.Tab) {
		p := ordered(t, "pay")
		tab.Before("window.fetch = () => new Promise(() => {})")
		tab.Open(p.page(""))
		tab.Sees("One moment")
	},
	"order-error": func(t *testing.T, tab *browser.Tab) {
		p := ordered(t, "pay")
		p.fault("orders.Get", errDown)
		p.shown(tab, "")
	},
	"order-gone": func(t *testing.T, tab *browser.Tab) {
		tab.Open(ordered(t, "pay").page("") + "x")
		tab.Sees("No order here")
	},
	"order-leaving": func(t *testing.T, tab *browser.Tab) {
		ordered(t, "pay").shown(tab, "?back=1")
		tab.Click("#cancel")
		tab.Sees("Cancel this order?")
	},
	"order-mail": func(t *testing.T, tab *browser.Tab) {
		ordered(t, "ready").shown(tab, "")
		tab.Click("#mail")
		tab.Sees("spam folder")
	},
	"order-pay": func(t *testing.T, tab *browser.Tab) { // once nobody hopes any more that they have paid
		tab.Before("{ const real = Date.now; window.later = 0; Date.now = () => real() + window.later }")
		ordered(t, "pay").shown(tab, "")
		browser.Eval[any](tab, "void (window.later = 20000)")
		tab.Until("document.documentElement.dataset.scene === 'pay'")
	},
	"order-back": func(t *testing.T, tab *browser.Tab) { ordered(t, "pay").shown(tab, "?back=1") },
	"order-unopened": func(t *testing.T, tab *browser.Tab) {
		h := newHall(t, "theatre-300", 4)
		h.bank.fail("open", errAway)
		h.buys("stalls-C-9", "stalls-C-10").shown(tab, "")
	},
}

func init() {
	saleScenes["map-warned"] = func(t *testing.T, tab *browser.Tab) {
		saleScenes["map-near"](t, tab)
		browser.Eval[any](tab, `void (window.end = performance.now() + 122000, window.foyer = { renew: async () => {},
			get endsIn() { return (end - performance.now()) / 1000 } })`)
		until(tab, "!$('.note').hidden && $('.note button')")
	}
	for state := range states {
		name := "order-" + state
		if state == "pay" {
			name = "order-confirming"
		}
		saleScenes[name] = func(t *testing.T, tab *browser.Tab) { ordered(t, state).shown(tab, "") }
	}
}
