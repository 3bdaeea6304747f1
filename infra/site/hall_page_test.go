package site

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"foyer/infra/test/browser"
	"foyer/internal/problem"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
)

// The pages of the sale in a real browser: the seats function itself over stores in memory, orders and sockets played.
func TestSalePages(t *testing.T) {
	b := browser.Start(t)
	for name, c := range map[string]struct {
		venue string
		limit int
		story func(*testing.T, *hall, *browser.Tab)
	}{
		"a seat is chosen on the map, seen by everybody at once, and given back":     {"theatre-300", 4, chosenOnTheMap},
		"a lock that ends turns available on every map at that instant, by itself":   {"theatre-300", 4, endsByItself},
		"a map that lost its connection catches up":                                  {"theatre-300", 4, catchesUp},
		"where sockets are blocked, the map follows the snapshots":                   {"theatre-300", 4, withoutSocket},
		"told to read the snapshot, the map does":                                    {"theatre-300", 4, bySnapshot},
		"everything is done by keyboard alone, from the list to the payment":         {"theatre-300", 4, byKeyboard},
		"a group that fits is found and taken in the list, by keyboard alone":        {"theatre-300", 4, inWords},
		"the best are found in one click, and asked for again after a reload":        {"theatre-300", 4, bestOfAll},
		"drag, wheel, pinch, buttons and keys move the map":                          {"hall-5000", 4, gestures},
		"from afar every section shows how many seats are left, by word and by look": {"arena-50000", 4, fromAfar},
		"a finger's first tap shows the seat, and the second takes it":               {"theatre-300", 4, byThumb},
		"a standing area is chosen place by place":                                   {"hall-5000", 2, standing},
		"seats that were quicker taken, and too many, are said":                      {"theatre-300", 1, refusals},
		"a payment page that can't be opened says until when the seats are held":     {"theatre-300", 4, noPayment},
		"an address that the provider refuses is named, and the seats stay":          {"theatre-300", 4, refusedAddress},
		"who is not inside any more is told so":                                      {"theatre-300", 4, notInside},
		"the map is part of the event's page":                                        {"theatre-300", 4, inTheEvent},
		"everything has a name, and states are said as well as shown":                {"theatre-300", 4, named},
		"the order's page goes from the payment to the tickets by itself":            {"theatre-300", 4, toTheTickets},
		"an order can be cancelled, after being asked":                               {"theatre-300", 4, cancelled},
		"seats held have names and prices after a reload":                            {"arena-50000", 4, namedAfterReload},
		"a visit that ends is said before, and keeps what was typed":                 {"theatre-300", 4, visitEnds},
		"a wrong link opens nothing":                                                 {"theatre-300", 4, wrongLink},
		"an order shows what went back":                                              {"theatre-300", 4, refundedInPart},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, c.venue, c.limit)
			tab := b.Visitor(t)
			c.story(t, h, tab)
			if errors := tab.Errors(); len(errors) > 0 {
				t.Errorf("the page complains: %.400q", errors)
			}
		})
	}
}

// in is a JavaScript expression about the seat map's inside: $ finds one element, $$ all of them, el is the map.
func in(expression string) string {
	return "(() => { const el = document.querySelector('foyer-seats'), r = el && el.shadowRoot; if (!r) " +
		"return undefined;" +
		"const $ = (s) => r.querySelector(s), $$ = (s) => [...r.querySelectorAll(s)]; return " + expression + " })()"
}

func until(tab *browser.Tab, condition string) { tab.Until(in(condition)) }
func press(tab *browser.Tab, selector string) {
	browser.Eval[any](tab, in("void $("+fmt.Sprintf("%q", selector)+").click()"))
}
func shows(tab *browser.Tab, id, status string) {
	until(tab, fmt.Sprintf("el.sale.shown(%q) === %q", id, status))
}
func holds(tab *browser.Tab, n int) {
	until(tab, fmt.Sprintf("$$('.hold li:not(.pending)').length === %d", n))
}

// point returns a seat's place on the screen.
func point(tab *browser.Tab, id string) (x, y float64) {
	at := browser.Eval[[]float64](tab, in(fmt.Sprintf(
		"(() => { const s = el.sale.venue.seat(%q), c = el.map.camera, b = el.box.getBoundingClientRect(); return [b.left "+
			"+ (s.x - c.x) * c.k, b.top + (s.y - c.y) * c.k] })()", id)))
	return at[0], at[1]
}

func chosenOnTheMap(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	other := browser.Start(t).Visitor(t)
	h.enter(other)
	until(other, "el.sale.feed.told.includes('stalls')")
	waitFor(t, "both to look", func() bool { return h.made("view") >= 2 })
	x, y := point(tab, "stalls-C-9")
	tab.Mouse(x, y, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
	shows(tab, "stalls-C-9", "mine")
	shows(other, "stalls-C-9", "locked")
	holds(tab, 1)
	tab.Until(in("$('.hold .time').textContent.match(/^[45]:/) && $('.hold .total').textContent.includes('€65')"))
	until(other, "$('.rows path.l[d*=M]')")
	press(tab, ".drop")
	holds(tab, 0)
	shows(tab, "stalls-C-9", "available")
	shows(other, "stalls-C-9", "available")
}

// endsByItself locks a seat, stops the page's clock a millisecond before the lock's end, and then moves it on to there.
// Nobody says a word.
func endsByItself(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	waitFor(t, "the view", func() bool { return h.made("view") > 0 })
	until(tab, "el.sale.venue.sections.get('stalls').loaded")
	end := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	hold, err := h.mem.Seats().Hold(t.Context(), "main", "somebody")
	if err != nil {
		t.Fatal(err)
	}
	after := hold
	after.Seats, after.Until, after.Version = []string{"stalls-C-9"}, end, 1
	if err := h.mem.Seats().Lock(t.Context(),
		seat.Plan{Before: hold, After: after, Take: after.Seats, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	shows(tab, "stalls-C-9", "locked")
	h.deafen()
	asked := h.made("GET sections")
	// The picture itself must change, not only what is known.
	const drawn = "$$('.rows .l').some((p) => p.getAttribute('d'))"
	clock := func(at time.Time) {
		ms := at.UnixMilli()
		browser.Eval[any](tab, in(fmt.Sprintf("void (el.sale.env.now = () => %d - el.sale.skew)", ms)))
		until(tab, fmt.Sprintf("el.sale.ticked === %d", ms))
	}
	clock(end.Add(-time.Millisecond))
	if !browser.Eval[bool](tab, in(drawn)) {
		t.Error("turned available before the lock's end")
	}
	clock(end)
	until(tab, "!"+drawn)
	if h.made("GET sections") > asked {
		t.Error("the map had to ask")
	}
}

func catchesUp(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	waitFor(t, "the view", func() bool { return h.made("view") > 0 })
	h.sockets.Refuse(http.StatusForbidden)
	h.sockets.Cut()
	tab.Sees("")
	until(tab, "$('.link').textContent.includes('Catching')")
	h.sell(t, "stalls-D-4")
	shows(tab, "stalls-D-4", "taken")
	h.sockets.Refuse(0)
	browser.Eval[bool](tab, "!!window.dispatchEvent(new Event('online'))")
	until(tab, "$('.link.on')")
	waitFor(t, "the view to be said again", func() bool { return h.made("view") > 1 })
	h.sell(t, "stalls-D-5")
	shows(tab, "stalls-D-5", "taken")
}

func withoutSocket(t *testing.T, h *hall, tab *browser.Tab) {
	h.sockets.Refuse(http.StatusForbidden)
	tab.Open(h.URL + seatsPage)
	until(tab, "el.sale && el.sale.venue && el.sale.venue.sections.get('stalls').loaded")
	h.sell(t, "stalls-D-4")
	shows(tab, "stalls-D-4", "taken")
}

func bySnapshot(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	waitFor(t, "the view", func() bool { return h.made("view") > 0 })
	before := h.made("GET sections")
	h.hush("stalls")
	h.deafen()
	h.sell(t, "stalls-E-4")
	shows(tab, "stalls-E-4", "taken")
	waitFor(t, "more snapshots", func() bool { return h.made("GET sections") >= before+2 })
}

func byKeyboard(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	focused := in("(r.activeElement && (r.activeElement.getAttribute('aria-label') || r.activeElement.textContent)) || ''")
	tabTo := func(text string) {
		t.Helper()
		for range 40 {
			if strings.Contains(browser.Eval[string](tab, focused), text) {
				return
			}
			tab.Press(kb.Tab)
		}
		t.Fatalf("Tab never came to %q", text)
	}
	tabTo("List")
	tab.Press(kb.Enter)
	tabTo("Stalls:")
	tab.Press(kb.Enter)
	until(tab, "$$('.row button').length > 50")
	tabTo("row A, seat 1,")
	for _, key := range []string{kb.ArrowRight, kb.ArrowRight, kb.ArrowDown} {
		tab.Press(key)
	}
	if at := browser.Eval[string](tab, focused); !strings.Contains(at, "row B, seat 3") || !strings.Contains(at, "free") ||
		!strings.Contains(at, "€65") {
		t.Errorf("the arrows lead to %q", at)
	}
	tab.Press(" ")
	holds(tab, 1)
	until(tab, "r.activeElement.getAttribute('aria-pressed') === 'true' && "+
		"r.activeElement.getAttribute('aria-label').includes('yours')")
	until(tab, "$('[role=status]').textContent.includes('row B, seat 3')")
	tab.Press(kb.ArrowRight)
	tab.Press(" ")
	holds(tab, 2)
	tabTo("Check out")
	tab.Press(kb.Enter)
	until(tab, "$('dialog[open]') && r.activeElement.name === 'email'")
	tab.Press(kb.Enter)
	until(tab, "$('#email-bad').textContent && r.activeElement.name === 'email'")
	tab.Press("ana@example.com")
	tab.Press(kb.Tab)
	tab.Press("Ana Ferreira")
	tab.Press(kb.Enter)
	tab.Sees("Pay here")
	if all := h.mem.Orders().All(); len(all) != 1 || all[0].Email != "ana@example.com" || all[0].Name != "Ana Ferreira" {
		t.Errorf("ordered %+v", all)
	}
}

func bestOfAll(t *testing.T, h *hall, tab *browser.Tab) {
	h.sell(t, "stalls-A-9", "stalls-A-10")
	h.enter(tab)
	browser.Eval[any](tab, in("void ($('.wish select').value = 'B')"))
	press(tab, ".stepper button:last-child")
	press(tab, ".wish .main")
	holds(tab, 3)
	until(tab, "$('.hold .total').textContent.includes('€144')")
	had := browser.Eval[string](tab, in("el.sale.hold.seats.join()"))
	tab.Reload()
	holds(tab, 3)
	if now := browser.Eval[string](tab, in("el.sale.hold.seats.join()")); now != had {
		t.Errorf("held %s, after a reload %s", had, now)
	}
}

func gestures(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	until(tab, "el.sale.venue.sections.get('ga4').loaded")
	k := func() float64 { return browser.Eval[float64](tab, in("el.map.camera.k")) }
	x := func() float64 { return browser.Eval[float64](tab, in("el.map.camera.x")) }
	rest := func() { until(tab, "!el.map.moving && el.map.svg.style.transform === 'none'") }
	home := k()

	cx, cy := point(tab, "st2-K-14")
	tab.Wheel(cx, cy, -400)
	until(tab, "el.map.moving && el.map.svg.style.transform.includes('scale')")
	rest()
	if k() <= home {
		t.Errorf("the wheel: %v from %v", k(), home)
	}
	if nx, ny := point(tab, "st2-K-14"); abs(nx-cx) > 2 || abs(ny-cy) > 2 {
		t.Errorf("the point under the wheel went from %v,%v to %v,%v", cx, cy, nx, ny)
	}

	before := x()
	tab.Mouse(cx, cy, input.DispatchMouseEventTypeMousePressed)
	for i := range 10 {
		tab.Mouse(cx-float64(10*i), cy, input.DispatchMouseEventTypeMouseMoved)
	}
	until(tab, "el.map.svg.style.transform.includes('translate')")
	tab.Mouse(cx-90, cy, input.DispatchMouseEventTypeMouseReleased)
	rest()
	if moved := (x() - before) * k(); moved < 60 || moved > 120 {
		t.Errorf("dragged by 90 px, moved by %v", moved)
	}
	holds(tab, 0)

	near := k()
	browser.Eval[any](tab, in(`void (() => {
		const touch = {pointerType: 'touch', clientY: 400, bubbles: true};
		const at = (id, x, type) => el.box.dispatchEvent(new PointerEvent(type,
			{...touch, pointerId: id, clientX: x, button: type === 'pointermove' ? -1 : 0}));
		el.box.setPointerCapture = () => {}; at(7, 300, 'pointerdown'); at(8, 400, 'pointerdown');
		for (let i = 1; i <= 10; i++) { at(7, 300 - 10 * i, 'pointermove'); at(8, 400 + 10 * i, 'pointermove'); }
		at(7, 200, 'pointerup'); at(8, 500, 'pointerup'); })()`))
	rest()
	if k() < 1.5*near {
		t.Errorf("pinched from %v to %v", near, k())
	}
	press(tab, ".whole")
	until(tab, fmt.Sprintf("Math.abs(el.map.camera.k - %v) < 1e-6", home))
	rest()
	browser.Eval[any](tab, in("void $('.map').focus()"))
	tab.Press("+")
	until(tab, fmt.Sprintf("el.map.camera.k > %v * 1.4", home))
	rest()
	at := x()
	tab.Press(kb.ArrowRight)
	until(tab, fmt.Sprintf("el.map.camera.x > %v", at))
	tab.Press("0")
	until(tab, fmt.Sprintf("Math.abs(el.map.camera.k - %v) < 1e-6", home))
	// Zoomed out a row is a path per state; nowhere is there an element per seat.
	if n := browser.Eval[int](tab, in("$$('.map svg *').length")); n > 2500 {
		t.Errorf("%d elements for 5,000 seats", n)
	}

	// What is named is the section in which one looks, also at its edge, where another's middle is nearer.
	browser.Eval[any](tab, in(`void (({x, y}) => el.map.show({x0: x - 6, x1: x + 6, y0: y - 2, y1: y + 2}))(
		el.sale.venue.seat('st2-A-14'))`))
	rest()
	until(tab, "$('.here').textContent.startsWith(el.sale.venue.sections.get('st2').name)")
}

func abs(v float64) float64 { return max(v, -v) }

func refusals(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	h.deafen()
	h.others(t, []string{"stalls-A-9"})
	browser.Eval[any](tab, in("void el.sale.hold.swap(['stalls-A-9'])"))
	until(tab, "$('.note').textContent.includes('Stalls, row A, seat 9 just went to somebody else')")
	shows(tab, "stalls-A-9", "locked")
	browser.Eval[any](tab, in("void el.sale.hold.swap(['stalls-A-1', 'stalls-A-2'])"))
	until(tab, "$('.note').textContent.includes('one seat here')")
	browser.Eval[any](tab, in("void el.sale.hold.toggle('stalls-A-1')"))
	holds(tab, 1)
	until(tab, "$('.note').hidden")
	browser.Eval[any](tab, in("void el.sale.hold.toggle('stalls-A-2')"))
	until(tab, "el.sale.hold.seats.join() === 'stalls-A-2'")
}

func noPayment(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	press(tab, ".wish .main")
	holds(tab, 2)
	h.bank.fail("open", errAway)
	press(tab, ".hold .main")
	until(tab, "$('dialog[open]')")
	asked := h.made("GET seats")
	browser.Eval[any](tab,
		in("void ($('#f-email').value = 'ana@example.com', $('#f-name').value = 'Ana', $('form').requestSubmit())"))
	until(tab, "$('form > .bad').textContent.includes('Nothing was charged. Your seats are held until ' + "+
		"new Date(el.sale.hold.until).toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' }))")
	waitFor(t, "the countdown to be asked for anew", func() bool { return h.made("GET seats") > asked })
	h.bank.fail("open", nil)
	browser.Eval[any](tab, in("void $('form').requestSubmit()"))
	tab.Sees("Pay here")
}

// The provider refuses the address: the field says so, the seats stay, and a corrected address is another request.
func refusedAddress(_ *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	press(tab, ".wish .main")
	holds(tab, 2)
	h.bank.fail("open", &pay.RefusedError{Code: "email_invalid", Param: "customer_email", Cause: errAway})
	press(tab, ".hold .main")
	until(tab, "$('dialog[open]')")
	browser.Eval[any](tab,
		in("void ($('#f-email').value = 'ana@example.con', $('#f-name').value = 'Ana', $('form').requestSubmit())"))
	until(tab, "$('#email-bad').textContent.includes('doesn’t accept this email address') && "+
		"$('#email-bad').textContent.includes('seats are kept') && $('#f-email').getAttribute('aria-invalid') === 'true'")
	holds(tab, 2)
	h.bank.fail("open", nil)
	h.fault("orders.Create", &problem.Error{Code: problem.Limit, Field: "types"})
	browser.Eval[any](tab, in("void ($('#f-email').value = 'ana@example.com', $('form').requestSubmit())"))
	until(tab, "$('form > .bad').textContent.includes('more tickets at that price')")
	h.fault("orders.Create", nil)
	browser.Eval[any](tab, in("void $('form').requestSubmit()"))
	tab.Sees("Pay here")
}

func notInside(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	h.ends()
	press(tab, ".wish .main")
	until(tab, "$('.over h2').textContent.includes('visit is over') && $('.over a').getAttribute('href') === '/'")
}

func inTheEvent(t *testing.T, h *hall, tab *browser.Tab) {
	tab.Open(h.URL + "/")
	until(tab, "$('.link.on') && $$('.rows path').length > 20")
	press(tab, ".wish .main")
	holds(tab, 2)
	if foreign := browser.Eval[string](tab, in("getComputedStyle($('.hold .main')).borderRadius")); foreign != "99px" {
		t.Errorf("the event's own style gets into the map: %s", foreign)
	}
}

// named goes over everything that can be acted on, as a checker of accessibility would.
func named(t *testing.T, h *hall, tab *browser.Tab) {
	h.others(t, []string{"stalls-A-1"})
	h.sell(t, "stalls-A-2")
	h.enter(tab)
	press(tab, ".wish .main")
	holds(tab, 2)
	press(tab, ".tabs button:last-child")
	press(tab, ".sections summary")
	until(tab, "$$('.row button').length > 50")
	faults := browser.Eval[[]string](tab, in(`(() => { const faults = [], ids = {};
		for (const node of $$('button, a, input, select, summary, [tabindex]')) {
			const label = node.getAttribute('aria-label') || (node.id && $('label[for="' + node.id + '"]')?.textContent) ||
				node.closest('label')?.textContent || node.textContent;
			if (!label || !label.trim()) faults.push('no name: ' + node.outerHTML.slice(0, 120));
			if (node.tabIndex > 0) faults.push('its own order: ' + node.outerHTML.slice(0, 120));
			const b = node.getBoundingClientRect();
			const small = b.width && (b.height < 24 || b.width < 24) && node.type !== 'checkbox';
			if (small) faults.push('small: ' + node.outerHTML.slice(0, 120));
		}
		for (const node of $$('[id]')) { if (ids[node.id]) faults.push('twice: #' + node.id); ids[node.id] = 1; }
		for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls']) for (const node of $$('[' + name + ']'))
			for (const id of node.getAttribute(name).split(' ').filter(Boolean))
				if (!$('#' + id)) faults.push('leads nowhere: #' + id);
		return faults })()`))
	if len(faults) > 0 {
		t.Errorf("%d faults: %.600q", len(faults), faults)
	}
	for id, says := range map[string]string{"stalls-A-1": "on hold", "stalls-A-2": "taken",
		"stalls-A-3": "free", "stalls-A-8": "yours"} {
		label := browser.Eval[string](tab, in(fmt.Sprintf("el.words.buttons.get(%q).getAttribute('aria-label')", id)))
		if !strings.HasSuffix(label, says) {
			t.Errorf("%s is called %q", id, label)
		}
	}
	if n := browser.Eval[int](tab, in("$$('.row button').filter((b) => b.tabIndex === 0).length")); n != 1 {
		t.Errorf("%d stops for Tab in a section", n)
	}
}

// namedAfterReload comes back on a phone, with a hold in a section whose rows take their time.
func namedAfterReload(t *testing.T, h *hall, tab *browser.Tab) {
	tab.Before(`{ const real = window.fetch; window.fetch = (to, how) => /map\/\w+$/.test(to) && !window.rows ?
		Promise.resolve(new Response('{}', { status: 503 })) : real(to, how) }`)
	tab.Look(browser.Look{Width: 360, Height: 740, Still: true})
	h.enter(tab)
	until(tab, "$('.best .main')")
	press(tab, ".best .main")
	holds(tab, 2)
	tab.Reload()
	holds(tab, 2)
	const id = `/\d-[A-Z]+-\d/`
	if text := browser.Eval[string](tab, in("$('.hold').textContent")); strings.Contains(text, "€0") {
		t.Errorf("while the rows are on their way: %q", text)
	}
	if !browser.Eval[bool](tab, in("!"+id+".test($('.hold').textContent) && $('.hold .main').disabled")) {
		t.Error("seats that have no name yet are shown by their ids, or can be paid")
	}
	browser.Eval[any](tab, "void (window.rows = true)")
	until(tab, "!$('.hold .main').disabled && $('.hold li').textContent.includes('row')")
	press(tab, ".hold .main")
	until(tab, "$('dialog').open && !"+id+".test($('tbody').textContent) && !/€0/.test($('tbody').textContent)")
}

// visitEnds plays the visit's end while somebody checks out.
func visitEnds(t *testing.T, h *hall, tab *browser.Tab) {
	h.enter(tab)
	until(tab, "$('.best .main')")
	press(tab, ".best .main")
	holds(tab, 2)
	tab.Until(`/^[45]:/.test(document.title)`)
	press(tab, ".hold .main")
	until(tab, "$('dialog').open")
	browser.Eval[any](tab, in("void ($('#f-email').value = 'ann@example.com', "+
		"$('#f-email').dispatchEvent(new Event('input')))"))
	browser.Eval[any](tab, `void (window.end = performance.now() + 122000, window.foyer = {
		get endsIn() { return (end - performance.now()) / 1000 }, renew: async () => { end += 60000 } })`)
	until(tab, "/2 minutes/.test($('dialog [role=status]').textContent) && "+
		"/2 minutes/.test($('dialog .note').textContent)")
	press(tab, "dialog .note button")
	until(tab, "/goes on/.test($('dialog [role=status]').textContent)")
	browser.Eval[any](tab, "void dispatchEvent(new CustomEvent('foyer:ended', { cancelable: true }))")
	until(tab, "!$('dialog').open && /Your visit/.test($('.over').textContent) && $('.over a').href")
	tab.Reload()
	holds(tab, 2)
	press(tab, ".hold .main")
	until(tab, "$('#f-email').value === 'ann@example.com'")
}
