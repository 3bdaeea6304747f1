package edge

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestBuild(t *testing.T) {
	built := build(t)
	largest, err := Build(Options{
		DefaultZone: "main", Hosts: []string{"tickets.example.com", "tickets.example.org"}, Statement: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("gate %d, with everything %d, API %d of %d bytes", len(built.Gate), len(largest.Gate), len(built.API), MaxSize)
	if !strings.Contains(built.Gate, `"main"`) {
		t.Error("the gate doesn't know the default zone")
	}
	for _, text := range []string{built.Gate, built.API} {
		for _, want := range []string{`from"cloudfront";`, "async function handler("} {
			if !strings.Contains(text, want) {
				t.Errorf("a built function lacks %s", want)
			}
		}
		for _, never := range []string{"DEFAULT_ZONE", "FAIL_MODE", "PAGES_ORIGIN", "RULES",
			"HOSTS", "HOSTED", "STATEMENTS", "?.", "??", "...", "//", "export"} {
			if strings.Contains(text, never) {
				t.Errorf("a built function holds %s", never)
			}
		}
	}
	if again := build(t); again != built {
		t.Error("two builds differ")
	}
}

func TestBuildRefusesWhatWouldNotWork(t *testing.T) {
	for name, o := range map[string]Options{
		"no default zone": {}, "a zone that is no name": {DefaultZone: `a"b`},
		"an unheard-of fail mode": {DefaultZone: "main", FailMode: "maybe"},
	} {
		if _, err := Build(o); err == nil {
			t.Errorf("%s: built", name)
		}
	}
}

func TestBuildRefusesWhatIsTooLarge(t *testing.T) {
	whole := source
	defer func() { source = whole }()
	source = func(name string) (string, error) {
		text, err := whole(name)
		return text + "\n'" + strings.Repeat("x", MaxSize) + "'.at(0);", err
	}
	if _, err := Build(Options{DefaultZone: "main"}); err == nil || !strings.Contains(err.Error(), "over the limit") {
		t.Errorf("got %v", err)
	}
	source = func(string) (string, error) { return "function (", nil }
	if _, err := Build(Options{DefaultZone: "main"}); err == nil || !strings.Contains(err.Error(), "gate.js:1") {
		t.Errorf("got %v", err)
	}
}

func TestRunnerReportsAFunctionThatFails(t *testing.T) {
	for name, code := range map[string]string{
		"throws":        `async function handler(e){throw new Error("no")}`,
		"never answers": `async function handler(e){await new Promise(function(){})}`,
		"is not async":  `function handler(e){return e.request}`, "returns nothing": `async function handler(e){}`,
	} {
		r, err := New(Code{code, code}, mapStore{}, RunnerOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if o, err := r.Handle(context.Background(), ask("GET /")); err == nil {
			t.Errorf("%s: got %+v", name, o)
		}
	}
	if _, err := New(Code{Gate: "const x = 1;"}, mapStore{}, RunnerOptions{}); err == nil {
		t.Error("code without a handler was taken")
	}
}

func TestRunnerServesManyAtOnceAndGivesUpWithTheCaller(t *testing.T) {
	r, err := New(build(t), mapStore(state("main", nil)), RunnerOptions{Now: func() time.Time { return now }, Pool: 2})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan Kind)
	for range 16 {
		go func() {
			o, err := r.Handle(context.Background(), ask("GET /page", browser))
			if err != nil {
				t.Error(err)
			}
			done <- o.Kind()
		}()
	}
	for range 16 {
		if kind := <-done; kind != Arrived {
			t.Errorf("got %s", kind)
		}
	}
	a, b := <-r.gate.pool, <-r.gate.pool // all machines are busy
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Handle(ended, ask("GET /page")); err == nil {
		t.Error("it waited for nobody")
	}
	r.gate.pool <- a
	r.gate.pool <- b
}

// BenchmarkDecision is the time of one decision, event and outcome converted to and from JSON included.
func BenchmarkDecision(b *testing.B) {
	r, err := New(build(b), mapStore(state("main", nil)), RunnerOptions{Now: func() time.Time { return now }, Pool: 1})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range benchmarked() {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Handle(context.Background(), c.event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecisionInNJS is the same in the platform's own kind of engine, a thousand decisions a process; its start
// and the reading and writing of events are included.
func BenchmarkDecisionInNJS(b *testing.B) {
	const many = 1000
	built, store := build(b), state("main", nil)
	for _, c := range benchmarked() {
		calls := make([]call, many)
		for i := range calls {
			calls[i] = calling(c.event, store)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				inNJS(b, built, calls)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/many, "µs/decision")
		})
	}
}

type benchmarkCase struct {
	name  string
	event Event
}

func benchmarked() []benchmarkCase {
	return []benchmarkCase{
		{"inside", ask("GET /page", browser, cookies(visitorCookie(), accessCookie(0)))},
		{"waiting", ask("GET /page", browser, cookies(visitorCookie()))},
		{"arriving", ask("GET /page", browser)},
		{"client", ask("GET /page", client)},
		{"status", ask("GET /foyer/zones/main/status", cookies(visitorCookie()))},
	}
}
