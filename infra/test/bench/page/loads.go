package page

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"foyer/infra/site"
	"foyer/infra/test/bench/measure"
	"foyer/infra/test/browser"
)

// A phone of a buyer: a fourth of this machine's speed, and what Lighthouse calls slow 4G, 150 ms there and back and
// 1.6 Mbit a second.
const (
	phoneThrottle = 4.0
	phoneLatency  = 150 // ms
	phoneDown     = 1.6e6 / 8
	phoneUp       = 750e3 / 8
)

// What the pages may take there.
const (
	paintBudget = 1.5  // s, until the largest thing is painted
	shiftBudget = 0.02 // of layout, in sum
	mapBudget   = 1.5  // s, until the arena is drawn
	heldBudget  = 0.4  // s, from a press to a held seat
	heapBudget  = 20.0 // KB a minute
)

// observer keeps what the browser says of paints and shifts, and when a seat map was first drawn.
const observer = `{
	window.paint = 0, window.shift = 0, window.drawn = 0;
	new PerformanceObserver((l) => l.getEntries().forEach((e) => window.paint = e.startTime))
		.observe({type: 'largest-contentful-paint', buffered: true});
	new PerformanceObserver((l) => l.getEntries().forEach((e) => window.shift += e.hadRecentInput ? 0 : e.value))
		.observe({type: 'layout-shift', buffered: true});
	const look = () => document.querySelector('foyer-seats')?.shadowRoot?.querySelector('.map svg path[d]') ?
		window.drawn = performance.now() : requestAnimationFrame(look);
	look();
}`

// take presses a seat and returns how long it took to be held, ms.
const take = `(async () => {
	const { sale } = document.querySelector('foyer-seats');
	const section = [...sale.venue.sections.values()].find((s) => s.byId?.size);
	const seat = [...section.byId.values()].find((s) => sale.shown(s.id) === 'available');
	const pressed = performance.now();
	sale.choose(seat);
	while (sale.shown(seat.id) !== 'mine') await new Promise(requestAnimationFrame);
	return performance.now() - pressed;
})()`

// near is true once the sections that were zoomed into are there, and drawn.
const near = `(() => {
	const el = document.querySelector('foyer-seats'), seen = el.map.seen().slice(0, 16);
	return seen.length > 3 && seen.every((id) => el.sale.venue.sections.get(id).loaded) &&
		el.shadowRoot.querySelectorAll('.rows path').length > 30 })()`

// Loads measures what the waiting page and the largest map take on a buyer's phone.
func Loads(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	front, err := newMapFront(filepath.Join(e.Root, "testdata", "venues", "arena-50000.json"))
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(compressed(front))
	defer server.Close()
	err = measure.AsTest(func(t testing.TB) {
		b := browser.Start(t)
		rows = append(waits(t, b, server.URL, measure.Pick(e, 2*time.Minute, 5*time.Second)), maps(t, b, server.URL)...)
	})
	return rows, errors.Join(err, ctx.Err())
}

// loads is how often a page is loaded: the machine's other work counts as little as may be, so the quickest load is
// reported beside all of them.
const loads = 3

// waits loads the waiting page, and watches it for a while.
func waits(t testing.TB, b *browser.Browser, url string, while time.Duration) []measure.Row {
	var tab *browser.Tab
	var paints, shifts []float64
	for range loads {
		tab = phone(t, b, tab)
		tab.Open(url + "/")
		tab.Until("document.querySelector('#number').textContent")
		time.Sleep(3 * time.Second)
		paints = append(paints, browser.Eval[float64](tab, "paint")/1000)
		shifts = append(shifts, browser.Eval[float64](tab, "shift"))
	}
	rows := []measure.Row{
		measure.AtMost("waiting page, slow 4G and 4× throttle: largest paint", paintBudget, slices.Min(paints), " s").
			With("%.2f s", paints),
		measure.AtMost("… layout shift until the place is shown and after", shiftBudget, slices.Max(shifts), ""),
	}
	rows = append(rows, growth(t, tab, while))
	tab.Close()
	return rows
}

// growth watches the heap for a while, once the browser has compiled what a waiting page does.
func growth(t testing.TB, tab *browser.Tab, while time.Duration) measure.Row {
	const readings = 12
	time.Sleep(while / 2)
	began := time.Now()
	var at, used []float64
	for range readings {
		time.Sleep(while / readings)
		used = append(used, heap(t, tab)/1024)
		at = append(at, time.Since(began).Minutes())
	}
	return measure.AtMost("… heap, a minute of waiting", heapBudget, max(measure.Slope(at, used), 0), " KB").
		With("the slope of %d readings after garbage collection, over %v; KB: %.0f", readings, while, used)
}

// maps opens the arena, takes a seat, and drags the map about.
func maps(t testing.TB, b *browser.Browser, url string) []measure.Row {
	var tab *browser.Tab
	var drawn, held []float64
	for range loads {
		tab = phone(t, b, tab)
		tab.Open(url + site.Prefix + "seats/index.html")
		tab.Until("window.drawn")
		drawn = append(drawn, browser.Eval[float64](tab, "drawn")/1000)
		browser.Eval[any](tab, `void document.querySelector('foyer-seats').map.zoomBy(4)`)
		tab.Until(near)
		held = append(held, browser.Eval[float64](tab, take)/1000)
	}
	time.Sleep(2 * time.Second)
	q := quietest(tab)
	return []measure.Row{
		measure.AtMost("arena's map, slow 4G and 4× throttle: until it is drawn", mapBudget, slices.Min(drawn), " s").
			With("%.2f s", drawn),
		measure.AtMost("… from a press to a held seat", heldBudget, slices.Min(held), " s").With("%.2f s", held),
		q.row("… frame while dragging it, p95"),
	}
}

// phone opens a tab that is as slow as a buyer's, and closes the one before: a page that is left open goes on with what
// it does each second, on the same processor.
func phone(t testing.TB, b *browser.Browser, before *browser.Tab) *browser.Tab {
	if before != nil {
		before.Close()
	}
	tab := b.Visitor(t)
	tab.Look(browser.Phone)
	tab.Before(observer)
	slow := func(ctx context.Context, target *chromedp.Target) (void chromedp.Void, err error) {
		_, err = cdp.Call(ctx, target, emulation.SetCPUThrottlingRate,
			emulation.SetCPUThrottlingRateParams{Rate: phoneThrottle})
		if err == nil {
			_, err = cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule,
				network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
					{Latency: phoneLatency, DownloadThroughput: phoneDown, UploadThroughput: phoneUp}}})
		}
		return void, err
	}
	if err := chromedp.Do(tab.Context(), slow); err != nil {
		t.Fatal(err)
	}
	return tab
}

// heap is what the page's objects take, bytes.
func heap(t testing.TB, tab *browser.Tab) (used float64) {
	read := func(ctx context.Context, target *chromedp.Target) (void chromedp.Void, err error) {
		if _, err = cdp.Call(ctx, target, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return void, err
		}
		usage, err := cdp.Call(ctx, target, runtime.GetHeapUsage, cdp.Empty{})
		used = usage.UsedSize
		return void, err
	}
	if err := chromedp.Do(tab.Context(), read); err != nil {
		t.Fatal(fmt.Errorf("reading the heap: %w", err))
	}
	return used
}

// compressed answers as the CDN does.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		next.ServeHTTP(smaller{w, z}, r)
	})
}

type smaller struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (s smaller) Write(p []byte) (int, error) { return s.z.Write(p) }
