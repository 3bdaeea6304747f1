package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"time"

	"github.com/dop251/goja"
)

// Store is the key-value store that the function reads.
type Store interface {
	// Get returns a value; found is false when there is none.
	Get(key string) (value string, found bool)
}

// RunnerOptions are what a Runner needs besides code and store. The zero value is good.
type RunnerOptions struct {
	Now    func() time.Time // nil: the wall clock
	Random func() float64   // Math.random; called by one decision at a time per machine. nil: a good random source
	Pool   int              // machines, so decisions at once; 0: one a processor
}

// Runner runs the built functions as the CDN would: the API's for paths of Foyer's own, the gate for all others. It is
// safe for concurrent use.
type Runner struct{ gate, api *runner }

// runner runs one function.
type runner struct {
	program *goja.Program
	store   Store
	opts    RunnerOptions
	pool    chan *machine // nil entries are machines still to be made
}

// modules turns imports, which goja doesn't know, into constants.
var modules = regexp.MustCompile(`import\s+([\w$]+)\s+from\s*"(\w+)";?`)

// New compiles what Build gave.
func New(code Code, store Store, o RunnerOptions) (*Runner, error) {
	gate, err := newRunner("gate.js", code.Gate, store, o)
	if err != nil {
		return nil, err
	}
	api, err := newRunner("api.js", code.API, store, o)
	return &Runner{gate, api}, err
}

// Handle runs the function of the event's path. An error means that the function failed, which the CDN answers with
// 503; or that ctx ended while all machines were busy.
func (r *Runner) Handle(ctx context.Context, e Event) (Outcome, error) {
	if IsOwn(Normal(e.Request.URI)) {
		return r.api.handle(ctx, e)
	}
	return r.gate.handle(ctx, e)
}

func newRunner(name, built string, store Store, o RunnerOptions) (*runner, error) {
	program, err := goja.Compile(name, modules.ReplaceAllString(built, `const $1=__modules.$2;`), true)
	if err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Pool <= 0 {
		o.Pool = runtime.GOMAXPROCS(0)
	}
	r := &runner{program: program, store: store, opts: o, pool: make(chan *machine, o.Pool)}
	for range o.Pool {
		r.pool <- nil
	}
	m, err := r.machine()
	if err != nil {
		return nil, err
	}
	<-r.pool
	r.pool <- m
	return r, nil
}

func (r *runner) handle(ctx context.Context, e Event) (Outcome, error) {
	var m *machine
	select {
	case m = <-r.pool:
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
	defer func() { r.pool <- m }()
	if m == nil {
		made, err := r.machine()
		if err != nil {
			return Outcome{}, err
		}
		m = made
	}
	return m.run(e)
}

// machine is one JavaScript engine with the function loaded. It serves one event at a time.
type machine struct {
	vm        *goja.Runtime
	handler   goja.Callable
	parse     goja.Callable
	stringify goja.Callable
	now       func() time.Time
	at        time.Time // the clock, frozen while an event is served
	reads     int
	origin    string
}

func (r *runner) machine() (*machine, error) {
	m := &machine{vm: goja.New(), now: r.opts.Now}
	m.vm.SetTimeSource(func() time.Time { return m.at })
	m.vm.SetRandSource(r.opts.Random)
	m.provide(r.store)
	if _, err := m.vm.RunProgram(r.program); err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	handler, ok := goja.AssertFunction(m.vm.Get("handler"))
	if !ok {
		return nil, errors.New("edge: the function has no handler")
	}
	m.handler = handler
	tools := m.vm.Get("JSON").ToObject(m.vm)
	m.parse, _ = goja.AssertFunction(tools.Get("parse"))
	m.stringify, _ = goja.AssertFunction(tools.Get("stringify"))
	return m, nil
}

func (m *machine) run(e Event) (Outcome, error) {
	m.at, m.reads, m.origin = m.now(), 0, ""
	text, err := json.Marshal(e)
	if err != nil {
		return Outcome{}, fmt.Errorf("edge: event: %w", err)
	}
	event, err := m.parse(goja.Undefined(), m.vm.ToValue(string(text)))
	if err != nil {
		return Outcome{}, fmt.Errorf("edge: event: %w", err)
	}
	request := event.ToObject(m.vm).Get("request").ToObject(m.vm)
	if err := request.Set("rawQueryString", func() any {
		if e.RawQuery == "" {
			return goja.Undefined()
		}
		return e.RawQuery
	}); err != nil {
		return Outcome{}, fmt.Errorf("edge: event: %w", err)
	}
	returned, err := m.handler(goja.Undefined(), event)
	if err != nil {
		return Outcome{}, fmt.Errorf("edge: %w", err)
	}
	return m.outcome(returned)
}

// outcome reads what the function's promise came to.
func (m *machine) outcome(returned goja.Value) (Outcome, error) {
	promise, ok := returned.Export().(*goja.Promise)
	if !ok {
		return Outcome{}, errors.New("edge: handler is not async")
	}
	if promise.State() != goja.PromiseStateFulfilled {
		return Outcome{}, fmt.Errorf("edge: the function failed: %v", promise.Result())
	}
	text, err := m.stringify(goja.Undefined(), promise.Result())
	if err != nil {
		return Outcome{}, fmt.Errorf("edge: result: %w", err)
	}
	return decodeOutcome([]byte(text.String()), m.origin, m.reads)
}

// decodeOutcome distinguishes a response from a request as the CDN does: a response has a status code.
func decodeOutcome(text []byte, origin string, reads int) (Outcome, error) {
	out := Outcome{Origin: origin, Reads: reads}
	var answered struct {
		StatusCode int `json:"statusCode"`
	}
	err := json.Unmarshal(text, &answered)
	if err == nil && answered.StatusCode != 0 {
		out.Response = &Response{}
		err = json.Unmarshal(text, out.Response)
	} else if err == nil {
		out.Request = &Request{}
		err = json.Unmarshal(text, out.Request)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("edge: result: %w", err)
	}
	return out, nil
}
