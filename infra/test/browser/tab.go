package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Tab is one tab of one visitor. Its methods fail the test when the page doesn't do as asked within Patience.
type Tab struct {
	t   testing.TB
	ctx context.Context

	scripts []page.ScriptIdentifier // that Before added

	mu     sync.Mutex
	errors []string
}

// Look is a screen, in CSS pixels, and what its owner prefers.
type Look struct {
	Width, Height int64
	Scale         float64 // device pixels per CSS pixel
	Dark, Still   bool    // prefers-color-scheme: dark, prefers-reduced-motion: reduce
}

// Usual looks.
var (
	Desktop = Look{Width: 1280, Height: 800, Scale: 1}
	Phone   = Look{Width: 390, Height: 844, Scale: 2}
)

// covers lets Hide and Show stand in for a window that is covered, which headless Chromium doesn't have.
const covers = `{
	let hidden = false;
	Object.defineProperty(document, 'visibilityState', {get: () => hidden ? 'hidden' : 'visible'});
	Object.defineProperty(document, 'hidden', {get: () => hidden});
	window.setHidden = (value) => { hidden = value; document.dispatchEvent(new Event('visibilitychange')); };
}`

// before runs script in every page to come, before the page's own, and hands on by which name it can be removed.
func before(script string, named func(page.ScriptIdentifier)) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		added, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument,
			page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		named(added.Identifier)
		return chromedp.Void{}, err
	}
}

// Anew returns the tab as another visitor's, for another test: without cookies, and without what Before added. A new
// tab costs more. What pages keep by themselves stays with their origin, of which each test's site is one.
func (p *Tab) Anew(t testing.TB) *Tab {
	t.Helper()
	next := &Tab{t: t, ctx: p.ctx}
	next.do("clearing the tab", chromedp.Navigate("about:blank"),
		func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			for _, script := range p.scripts {
				_, err := cdp.Call(ctx, target, page.RemoveScriptToEvaluateOnNewDocument,
					page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: script})
				if err != nil {
					return chromedp.Void{}, err
				}
			}
			_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{})
			return chromedp.Void{}, err
		})
	go next.listen(chromedp.Console(p.ctx))
	return next
}

// Another opens a second tab of the same visitor.
func (p *Tab) Another() *Tab {
	p.t.Helper()
	return open(p.t, p.ctx)
}

// Before runs script in every page that the tab opens from now on, before the page's own.
func (p *Tab) Before(script string) {
	p.t.Helper()
	p.do("preparing pages", before(script, func(name page.ScriptIdentifier) { p.scripts = append(p.scripts, name) }))
}

// Look changes the screen.
func (p *Tab) Look(l Look) {
	p.t.Helper()
	scheme, motion := "light", "no-preference"
	if l.Dark {
		scheme = "dark"
	}
	if l.Still {
		motion = "reduce"
	}
	p.do("changing the look", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: l.Width, Height: l.Height, DeviceScaleFactor: max(l.Scale, 1), Mobile: l.Width < 500,
		})
		if err != nil {
			return chromedp.Void{}, err
		}
		_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
			}})
		return chromedp.Void{}, err
	})
}

// Open navigates and waits for the page to load.
func (p *Tab) Open(url string) {
	p.t.Helper()
	p.do("opening "+url, chromedp.Navigate(url))
}

// Reload loads the page again, as the visitor would.
func (p *Tab) Reload() {
	p.t.Helper()
	p.do("reloading", chromedp.Reload())
}

// Close closes the tab, as the visitor would. Only a visitor's second tab can be closed and opened again.
func (p *Tab) Close() {
	p.t.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.t.Fatalf("closing the tab: %v", err)
	}
}

// Click clicks the first element that the CSS selector finds, once it is visible. A page that grew between the look and
// the click moves what was meant: then it clicks again.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	watch := fmt.Sprintf(`void (window.foyerHit = false, addEventListener('click',
		e => { if (e.target.closest?.(%q)) window.foyerHit = true }, {capture: true, once: true}))`, selector)
	for end := time.Now().Add(Patience); ; {
		p.do("looking for clicks", chromedp.Evaluate[chromedp.Void](watch))
		p.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
		if p.hit() {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("every click missed %s; the page says:\n%s", selector, p.Text())
		}
	}
}

// hit reports whether the last click came to where it was meant. One that led to another page did.
func (p *Tab) hit() bool {
	ctx, stop := context.WithTimeout(p.ctx, 5*time.Second)
	defer stop()
	missed, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.foyerHit === false"))
	return err != nil || !missed
}

// Press types a key or text, with the keyboard.
func (p *Tab) Press(keys string) {
	p.t.Helper()
	p.do("pressing a key", chromedp.KeyEvent(keys))
}

// Mouse does these things with the left button at a point, in CSS pixels of the screen.
func (p *Tab) Mouse(x, y float64, kinds ...input.DispatchMouseEventType) {
	p.t.Helper()
	for _, kind := range kinds {
		p.mouse(input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft,
			Buttons: 1, ClickCount: 1})
	}
}

// Wheel turns the wheel at a point, by pixels downwards.
func (p *Tab) Wheel(x, y, by float64) {
	p.t.Helper()
	// The protocol wants both deltas, and the library leaves zeros out.
	p.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: x, Y: y, DeltaX: 1e-9,
		DeltaY: by})
}

func (p *Tab) mouse(params input.DispatchMouseEventParams) {
	p.t.Helper()
	p.do("moving the mouse", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, params)
		return chromedp.Void{}, err
	})
}

// Hide covers the tab; Show uncovers it.
func (p *Tab) Hide() {
	p.t.Helper()
	p.do("hiding", chromedp.Evaluate[chromedp.Void]("setHidden(true)"))
}

// Show uncovers the tab.
func (p *Tab) Show() {
	p.t.Helper()
	p.do("showing", chromedp.Evaluate[chromedp.Void]("setHidden(false)"))
}

// Text is the visible text of the page.
func (p *Tab) Text() string {
	p.t.Helper()
	return Eval[string](p, "document.body.innerText")
}

// Sees waits until the page shows text.
func (p *Tab) Sees(text string) {
	p.t.Helper()
	p.Until(fmt.Sprintf("document.body && document.body.innerText.toLowerCase().includes(%q)", strings.ToLower(text)))
}

// Until waits until a JavaScript expression is true, through reloads.
func (p *Tab) Until(condition string) {
	p.t.Helper()
	end := time.Now().Add(Patience)
	for {
		ctx, stop := context.WithTimeout(p.ctx, 5*time.Second)
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		stop()
		if err == nil && yes {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("waited %v for %s (%v); errors %q; the page says:\n%s", Patience, condition, err, p.Errors(), p.Text())
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// Eval is the value of a JavaScript expression, or what its promise gives.
func Eval[V any](p *Tab, expression string) V {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, Patience)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[V](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluating %s: %v", expression, err)
	}
	return value
}

// Shot writes a picture of what the screen shows to a PNG file, making its folder.
func (p *Tab) Shot(file string) {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("taking a picture: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// Print prints the page on paper of so many millimetres, with margins of one centimetre, and returns how many sheets it
// takes.
func (p *Tab) Print(width, height float64) (sheets int) {
	p.t.Helper()
	const inch = 25.4
	p.do("printing", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		printed, err := cdp.Call(ctx, t, page.PrintToPDF,
			page.PrintToPDFParams{PaperWidth: width / inch, PaperHeight: height / inch})
		sheets = len(sheet.FindAll(printed.Data, -1))
		return chromedp.Void{}, err
	})
	return sheets
}

var sheet = regexp.MustCompile(`/Type\s*/Page\b`)

// Paper shows the page as it is printed on paper that leaves so many millimetres for it; 0: as on a screen.
func (p *Tab) Paper(width int64) {
	p.t.Helper()
	media := emulation.SetEmulatedMediaParams{}
	if width > 0 {
		media.Media = "print"
		p.Look(Look{Width: width * 96 * 10 / 254, Height: 800})
	}
	p.do("showing paper", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return chromedp.Void{}, err
	})
}

// Tree returns what a screen reader finds on the page, from the browser's accessibility tree, in its order: "button: Go
// in now", with a description in brackets behind it.
func (p *Tab) Tree() (all []string) {
	p.t.Helper()
	p.do("reading the accessibility tree", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		tree, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil || len(tree.Nodes) == 0 {
			return chromedp.Void{}, err
		}
		nodes := map[accessibility.NodeID]*accessibility.Node{}
		for _, n := range tree.Nodes {
			nodes[n.NodeID] = n
		}
		var walk func(n *accessibility.Node)
		walk = func(n *accessibility.Node) {
			role, name := said(n.Role), said(n.Name)
			if !n.Ignored && name != "" && role != "InlineTextBox" {
				line := role + ": " + name
				if more := said(n.Description); more != "" {
					line += " [" + more + "]"
				}
				all = append(all, line)
			}
			for _, id := range n.ChildIDs {
				if child := nodes[id]; child != nil {
					walk(child)
				}
			}
		}
		walk(tree.Nodes[0])
		return chromedp.Void{}, nil
	})
	return all
}

// said returns a value that is a text; empty for others.
func said(v *accessibility.Value) (text string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &text)
	}
	return text
}

// Errors returns what pages threw or wrote to console.error so far.
func (p *Tab) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.errors...)
}

// Context is the chromedp context, for what this package lacks.
func (p *Tab) Context() context.Context { return p.ctx }

func (p *Tab) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = append(p.errors, text)
}

func (p *Tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, Patience)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}
