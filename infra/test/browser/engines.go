package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/local/child"
	"foyer/internal/testkit/skip"
)

// Page is a page in any browser, for what all of them must do. Tab is one.
type Page interface {
	Open(url string)
	Until(condition string) // a JavaScript expression, through reloads
	Sees(text string)
	Look(l Look)
	Shot(file string)
}

// Engines are the browsers beside Chromium, each with one page that accepts any certificate. Where one is missing, the
// test is skipped.
var Engines = map[string]func(testing.TB) Page{"WebKit": webKit, "Firefox": firefox}

// driver speaks a browser's own protocol.
type driver interface {
	open(url string) error
	eval(expression string) (json.RawMessage, error) // of what JSON can hold
	look(width, height int64) error
	shot() (png []byte, err error)
}

// driven is a page of a browser that a driver steers.
type driven struct {
	t testing.TB
	driver
}

func (p *driven) Open(url string) {
	p.t.Helper()
	if err := p.open(url); err != nil {
		p.t.Fatalf("opening %s: %v", url, err)
	}
}

func (p *driven) Look(l Look) {
	p.t.Helper()
	if err := p.look(l.Width, l.Height); err != nil {
		p.t.Fatalf("changing the look: %v", err)
	}
}

func (p *driven) Sees(text string) {
	p.t.Helper()
	p.Until(fmt.Sprintf("document.body && document.body.innerText.toLowerCase().includes(%q)", strings.ToLower(text)))
}

func (p *driven) Until(condition string) {
	p.t.Helper()
	for end := time.Now().Add(Patience); ; time.Sleep(100 * time.Millisecond) {
		yes, err := p.eval("Boolean(" + condition + ")")
		if err == nil && string(yes) == "true" {
			return
		}
		if time.Now().After(end) {
			text, _ := p.eval("location.href + ' ' + document.body.innerText")
			p.t.Fatalf("waited %v for %s (%v); the page says:\n%s", Patience, condition, err, text)
		}
	}
}

func (p *driven) Shot(file string) {
	p.t.Helper()
	png, err := p.shot()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		p.t.Fatalf("taking a picture: %v", err)
	}
}

// run runs a program until the end of the test.
func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	process, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { process.Stop(syscall.SIGTERM, 3*time.Second) })
}

// heard is a program's output, in which it looks for what follows a word in the same line.
type heard struct {
	word  string
	found chan string // gets it, once
	text  []byte
}

func (h *heard) Write(p []byte) (int, error) {
	h.text = append(h.text, p...)
	if _, after, yes := strings.Cut(string(h.text), h.word); yes {
		if line, _, whole := strings.Cut(after, "\n"); whole && len(h.found) == 0 {
			h.found <- strings.TrimSpace(line)
			h.word = "\x00" // nothing more
		}
	}
	return len(p), nil
}

// ---- WebKit, Safari's engine, by the WebDriver protocol

type webDriver struct{ session string }

func webKit(t testing.TB) Page {
	t.Helper()
	const install = "apt-get install --no-install-recommends webkit2gtk-driver xvfb xauth"
	skip.Need(t, "WebKitWebDriver", install)
	skip.Need(t, "Xvfb", install)
	found, _ := filepath.Glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
	if len(found) == 0 {
		skip.Because(t, "MiniBrowser is missing: %s", install)
	}
	read, write, err := os.Pipe() // Xvfb writes the number of the display that it found free
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	screen := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp")
	screen.ExtraFiles = []*os.File{write}
	run(t, screen)
	write.Close()
	display, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	port, err := child.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("WebKitWebDriver", fmt.Sprintf("--port=%d", port))
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(display), "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1",
		"HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home, "LIBGL_ALWAYS_SOFTWARE=1")
	run(t, cmd)
	d := &webDriver{session: fmt.Sprintf("http://127.0.0.1:%d/session", port)}
	var made struct{ SessionID string }
	for end := time.Now().Add(Patience); ; time.Sleep(100 * time.Millisecond) {
		err = d.call(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
			"acceptInsecureCerts":      true,
			"webkitgtk:browserOptions": map[string]any{"binary": found[0], "args": []string{"--automation"}},
		}}}, &made)
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("starting WebKit: %v", err)
		}
	}
	d.session += "/" + made.SessionID
	t.Cleanup(func() { _ = d.call(http.MethodDelete, "", nil, nil) })
	return &driven{t, d}
}

// call makes a call of the session, and reads its value.
func (d *webDriver) call(method, path string, body, into any) error {
	ctx, stop := context.WithTimeout(context.Background(), Patience)
	defer stop()
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.session+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %v", res.Status, answer, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, &struct{ Value any }{into})
}

func (d *webDriver) open(url string) error {
	return d.call(http.MethodPost, "/url", map[string]any{"url": url}, nil)
}

func (d *webDriver) eval(expression string) (json.RawMessage, error) {
	var text string
	script := map[string]any{"script": "return JSON.stringify(" + expression + ")", "args": []any{}}
	err := d.call(http.MethodPost, "/execute/sync", script, &text)
	return json.RawMessage(text), err
}

func (d *webDriver) look(width, height int64) error {
	return d.call(http.MethodPost, "/window/rect", map[string]any{"x": 0, "y": 0, "width": width, "height": height}, nil)
}

func (d *webDriver) shot() (png []byte, err error) {
	err = d.call(http.MethodGet, "/screenshot", nil, &png)
	return png, err
}

// ---- Firefox, by WebDriver BiDi, which it speaks itself

type biDi struct {
	conn *websocket.Conn
	n    int
	tab  string
}

func firefox(t testing.TB) Page {
	t.Helper()
	program := "firefox-esr"
	if _, err := exec.LookPath(program); err != nil {
		program = "firefox"
	}
	skip.Need(t, program, "apt-get install --no-install-recommends firefox-esr")
	cmd := exec.Command(program, "--headless", "--no-remote", "--profile", t.TempDir(), "--remote-debugging-port", "0")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "MOZ_DISABLE_CONTENT_SANDBOX=1")
	said := &heard{word: "WebDriver BiDi listening on ", found: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = said, said
	run(t, cmd)
	var address string
	select {
	case address = <-said.found:
	case <-time.After(Patience):
		t.Fatal("Firefox says nothing of its address")
	}
	conn, _, err := websocket.Dial(t.Context(), address+"/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(64 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	d := &biDi{conn: conn}
	err = d.call("session.new", map[string]any{"capabilities": map[string]any{
		"alwaysMatch": map[string]any{"acceptInsecureCerts": true}}}, nil)
	if err != nil {
		t.Fatalf("starting Firefox: %v", err)
	}
	var tab struct{ Context string }
	if err := d.call("browsingContext.create", map[string]any{"type": "tab"}, &tab); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	d.tab = tab.Context
	return &driven{t, d}
}

// call sends a command and waits for its result; what else comes is passed over.
func (d *biDi) call(method string, params map[string]any, into any) error {
	ctx, stop := context.WithTimeout(context.Background(), Patience)
	defer stop()
	d.n++
	text, err := json.Marshal(map[string]any{"id": d.n, "method": method, "params": params})
	if err == nil {
		err = d.conn.Write(ctx, websocket.MessageText, text)
	}
	for err == nil {
		_, text, err = d.conn.Read(ctx)
		var answer struct {
			ID             int
			Error, Message string
			Result         json.RawMessage
		}
		if err != nil || json.Unmarshal(text, &answer) != nil || answer.ID != d.n {
			continue
		}
		if answer.Error != "" {
			return fmt.Errorf("%s: %s: %s", method, answer.Error, answer.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(answer.Result, into)
	}
	return fmt.Errorf("%s: %w", method, err)
}

func (d *biDi) open(url string) error {
	return d.call("browsingContext.navigate", map[string]any{"context": d.tab, "url": url, "wait": "complete"}, nil)
}

func (d *biDi) eval(expression string) (json.RawMessage, error) {
	var answer struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err := d.call("script.evaluate", map[string]any{
		"expression": "JSON.stringify(" + expression + ")", "target": map[string]any{"context": d.tab}, "awaitPromise": true,
	}, &answer)
	if err == nil && answer.Type != "success" {
		err = fmt.Errorf("%s", answer.ExceptionDetails.Text)
	}
	return json.RawMessage(answer.Result.Value), err
}

func (d *biDi) look(width, height int64) error {
	return d.call("browsingContext.setViewport", map[string]any{
		"context": d.tab, "viewport": map[string]any{"width": width, "height": height}}, nil)
}

func (d *biDi) shot() ([]byte, error) {
	var picture struct{ Data string }
	if err := d.call("browsingContext.captureScreenshot", map[string]any{"context": d.tab}, &picture); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(picture.Data)
}
