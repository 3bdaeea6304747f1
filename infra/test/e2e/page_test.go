package e2e

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"foyer/infra/test/browser"
)

// visit is one tab, with a diary of everything that its pages showed and received.
type visit struct {
	*browser.Tab
	t testing.TB
}

// diary notes every page that loads, "wait" or "page", and every message on its sockets that is the visitor's own,
// "turn" and so on: what everybody nearby is told comes whenever it comes.
const diary = `{
	const note = (word) => word !== 'status' && (sessionStorage.diary = (sessionStorage.diary || '') + word + ' ');
	addEventListener('DOMContentLoaded', () => note(document.documentElement.dataset.phase ? 'wait' : 'page'));
	if (!window.noSocket) window.WebSocket = class extends WebSocket {
		constructor(...args) {
			super(...args);
			this.addEventListener('message', (event) => note(JSON.parse(event.data).type));
		}
	};
}`

func opens(t testing.TB, b *browser.Browser) *visit {
	t.Helper()
	v := &visit{b.Visitor(t), t}
	v.Before(diary)
	return v
}

func (v *visit) another() *visit {
	v.t.Helper()
	next := &visit{v.Another(), v.t}
	next.Before(diary)
	return next
}

// within waits for the page longer than the patience of browser.Tab.
func (v *visit) within(d time.Duration, condition string) {
	v.t.Helper()
	for end := time.Now().Add(d - browser.Patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if v.is(condition) {
			return
		}
	}
	v.Until(condition)
}

// inLine waits until the page says that the visitor is in line, in the middle of it or at its head.
func (v *visit) inLine() {
	v.t.Helper()
	v.Until(`/You are (in line|next)/i.test(document.body?.innerText)`)
}

// is reports whether a condition holds now. Between two pages nothing does.
func (v *visit) is(condition string) bool {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.Context(), 5*time.Second)
	defer stop()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
	return err == nil && yes
}

const (
	isInside = `document.body && document.body.innerText.includes('You’re inside')`
	hasPlace = `document.querySelector('#number').textContent`
)

func says(text string) string {
	quoted, _ := json.Marshal(text)
	return `document.body && document.body.innerText.toLowerCase().includes(` + string(quoted) + `.toLowerCase())`
}

// place waits until the page shows a place, and is it.
func (v *visit) place() int {
	v.t.Helper()
	v.within(time.Minute, hasPlace)
	n, err := strconv.Atoi(browser.Eval[string](v.Tab, hasPlace))
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// me is the visitor that the edge takes the tab for.
func (v *visit) me(h *hall) status {
	v.t.Helper()
	return browser.Eval[status](v.Tab, `fetch('/foyer/zones/`+h.name+`/status').then((r) => r.json())`)
}

// finds comes back to a page again and again, as an impatient visitor does, until it says something. A page
// that is looked at asks for the status at once, unless it has just asked.
func (v *visit) finds(text string) {
	v.t.Helper()
	until(v.t, browser.Patience, "the page to say "+text, func() bool {
		v.looks()
		return v.is(says(text))
	})
}

// looks covers the tab and uncovers it.
func (v *visit) looks() {
	v.t.Helper()
	v.Hide()
	v.Show()
}

// lived makes sure of the tab's diary: when the last entry is there, nothing else is.
func (v *visit) lived(want string) {
	v.t.Helper()
	last := strings.Fields(want)
	v.Until(`sessionStorage.diary.trim().endsWith('` + last[len(last)-1] + `')`)
	if got := browser.Eval[string](v.Tab, `sessionStorage.diary.trim()`); got != want {
		v.t.Errorf("the visitor lived through %q, want %q", got, want)
	}
}
