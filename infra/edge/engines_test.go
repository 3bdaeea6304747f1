package edge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/internal/testkit/skip"
)

// call is one run of the function.
type call struct {
	Event  Event             `json:"event"`
	Own    bool              `json:"own"` // whether the API's function meets it
	Raw    string            `json:"raw"`
	Now    int64             `json:"now"` // ms
	Random float64           `json:"random"`
	Store  map[string]string `json:"store"`
}

// engine runs calls in one of the JavaScript engines that we have.
type engine func(t testing.TB, built Code, calls []call) []Outcome

// engines are goja, which the local cloud uses, and njs, whose language is the platform's.
var engines = map[string]engine{"goja": inGoja, "njs": inNJS}

// onEveryEngine runs the test once per engine.
func onEveryEngine(t *testing.T, test func(t *testing.T, run func(calls []call) []Outcome)) {
	t.Helper()
	withOptions(t, Options{DefaultZone: "main"}, test)
}

// withOptions runs the test once per engine, on functions that are built so.
func withOptions(t *testing.T, o Options, test func(t *testing.T, run func(calls []call) []Outcome)) {
	t.Helper()
	built, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			test(t, func(calls []call) []Outcome { return e(t, built, calls) })
		})
	}
}

func build(t testing.TB) Code {
	t.Helper()
	built, err := Build(Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	return built
}

type mapStore map[string]string

func (s mapStore) Get(key string) (string, bool) { v, ok := s[key]; return v, ok }

// swap is a store that can be exchanged between calls.
type swap struct{ mapStore }

func inGoja(t testing.TB, built Code, calls []call) []Outcome {
	t.Helper()
	var c call
	store := &swap{}
	r, err := New(built, store, RunnerOptions{
		Now: func() time.Time { return time.UnixMilli(c.Now) }, Random: func() float64 { return c.Random }, Pool: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]Outcome, len(calls))
	for i := range calls {
		c, store.mapStore = calls[i], calls[i].Store
		c.Event.RawQuery = c.Raw
		if out[i], err = r.Handle(context.Background(), c.Event); err != nil {
			t.Fatalf("call %d, %s: %v", i, c.Event.Request.URI, err)
		}
	}
	return out
}

// stub is the module "cloudfront" in njs; harness runs every call and writes a line for each.
const (
	stub = `export default {
	store: {}, reads: 0, origin: '',
	kvs() { const me = this; return { get(key, o) {
		me.reads++;
		const v = me.store[key];
		if (v === undefined) return Promise.reject(new Error('KeyNotFound'));
		try { return Promise.resolve(o && o.format === 'json' ? JSON.parse(v) : v); } catch (e) { return Promise.reject(e); }
	}, exists(key) { return Promise.resolve(me.store[key] !== undefined); } }; },
	selectRequestOriginById(id) { this.origin = id; },
};`
	harness = `
import files from 'fs';
import cdn from 'cloudfront';
import gate from 'gate.js';
import api from 'api.js';
async function everyCall() {
	const calls = JSON.parse(files.readFileSync('calls.json'));
	for (let i = 0; i < calls.length; i++) {
		const c = calls[i];
		cdn.store = c.store; cdn.reads = 0; cdn.origin = '';
		Date.now = function () { return c.now; };
		Math.random = function () { return c.random; };
		c.event.request.rawQueryString = function () { return c.raw || undefined; };
		let line;
		const handler = c.own ? api : gate;
		try { const result = await handler(c.event); line = { result: result }; } catch (e) { line = { error: String(e) }; }
		line.reads = cdn.reads; line.origin = cdn.origin;
		files.appendFileSync('answers', JSON.stringify(line) + '\n'); // console.log cuts long lines
	}
}
everyCall();
`
)

func inNJS(t testing.TB, built Code, calls []call) []Outcome {
	t.Helper()
	skip.Need(t, "njs", "apt-get install njs")
	dir := t.TempDir()
	text, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	const asModule = "\nexport default handler;"
	for name, content := range map[string]string{
		"cloudfront": stub, "calls.json": string(text), "main.js": harness,
		"gate.js": built.Gate + asModule, "api.js": built.API + asModule,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("njs", "-p", dir, "main.js")
	cmd.Dir = dir
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("njs: %v\n%.2000s", err, printed)
	}
	answers, err := os.ReadFile(filepath.Join(dir, "answers"))
	if err != nil {
		t.Fatalf("njs: %v\n%.2000s", err, printed)
	}
	return readLines(t, answers, len(calls))
}

func readLines(t testing.TB, printed []byte, want int) []Outcome {
	t.Helper()
	var out []Outcome
	lines := bufio.NewScanner(bytes.NewReader(printed))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Result json.RawMessage
			Error  string
			Reads  int
			Origin string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Error != "" {
			t.Fatalf("njs, call %d: %v %s %.500s", len(out), err, line.Error, lines.Bytes())
		}
		o, err := decodeOutcome(line.Result, line.Origin, line.Reads)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	if len(out) != want {
		t.Fatalf("njs answered %d of %d calls:\n%.2000s", len(out), want, printed)
	}
	return out
}

// ask is a request line with headers ("name: value"), as an event.
func ask(line string, headers ...string) Event {
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, "/", nil)
	r.RequestURI, r.Host, r.Header = target, "sale.example", http.Header{}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return NewEvent(r, "request-1")
}

// calling makes a call of an event at the vectors' time.
func calling(e Event, store map[string]string) call {
	return call{Event: e, Own: IsOwn(Normal(e.Request.URI)), Raw: e.RawQuery, Now: vectors.Now, Random: 0.5, Store: store}
}
