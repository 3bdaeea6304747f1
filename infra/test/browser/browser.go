// Package browser drives a real Chromium for tests: a fresh profile, visitors that share nothing, tabs of one visitor
// that share cookies. Everything it starts ends with the test. Tests only; nothing that is deployed imports it.
package browser

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"foyer/internal/testkit/skip"
)

// Patience bounds the time that a page takes to show what a test waits for.
const Patience = 60 * time.Second

// Browser is one running Chromium.
type Browser struct{ ctx context.Context }

// Start launches a headless Chromium with an empty profile and ends it with the test. Without Chromium the test is
// skipped. flags are added to Chromium's own, each a name and a value: "host-resolver-rules", "MAP …". Without flags, a
// package that runs by Main has one Chromium for all its tests.
func Start(t testing.TB, flags ...string) *Browser {
	t.Helper()
	skip.Need(t, program(), "apt-get install --no-install-recommends chromium")
	if shared != nil && len(flags) == 0 {
		b, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, quit, err := launch(t.TempDir(), flags...)
	t.Cleanup(quit)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// shared returns the Chromium of a package that runs by Main; nil: each test has its own.
var shared func() (*Browser, error)

// Main runs a package's tests, with one Chromium for all of them: visitors share nothing anyway. It returns the exit
// code.
func Main(m *testing.M) int {
	profile, err := os.MkdirTemp("", "foyer-chromium-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(profile)
	end := func() {}
	shared = sync.OnceValues(func() (b *Browser, err error) {
		b, end, err = launch(profile)
		return b, err
	})
	defer func() { end() }()
	return m.Run()
}

// launch starts a Chromium; quit ends it.
func launch(profile string, flags ...string) (b *Browser, quit func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program()),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // tests often run as root, where Chromium has no sandbox
		chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true),
	)
	for i := 0; i+1 < len(flags); i += 2 {
		options = append(options, chromedp.Flag(flags[i], flags[i+1]))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	quit = func() {
		_ = chromedp.Cancel(ctx) // waits until it has written its profile
		end()
		stop()
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, quit, fmt.Errorf("starting Chromium: %w", err)
	}
	return &Browser{ctx: ctx}, quit, nil
}

// program is the Chromium to run: CHROMIUM, or the first on PATH.
func program() string {
	if own := os.Getenv("CHROMIUM"); own != "" {
		return own
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	return "chromium"
}

// Visitor opens an empty tab of somebody new, until the end of t, a test or a subtest: no cookies, no storage,
// shared with nobody.
func (b *Browser) Visitor(t testing.TB) *Tab {
	t.Helper()
	return open(t, b.ctx, chromedp.WithNewBrowserContext())
}

func open(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, quit := chromedp.NewContext(parent, options...)
	t.Cleanup(quit)
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Do(ctx, before(covers, func(page.ScriptIdentifier) {})); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	go tab.listen(chromedp.Console(ctx))
	tab.Look(Desktop)
	return tab
}

// listen keeps what pages complain about, see Tab.Errors. Failed requests are left out: they are the page's to judge.
func (p *Tab) listen(console iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range console {
		if err != nil {
			return
		}
		if m.IsException() || m.Type == "error" && m.Source != "network" {
			p.complain(m.Text)
		}
	}
}
