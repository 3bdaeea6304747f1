// Package lambda plays AWS Lambda, and EventBridge Scheduler's starts of functions: it runs functions as processes
// behind Lambda's runtime API, one invocation at a time each, as many processes as there are invocations at once, up
// to the limit.
//
// Of Lambda's rules it plays the time-out, the replacing of crashed and timed-out processes, reserved concurrency, the
// end of idle processes and the retries of asynchronous calls. It doesn't freeze idle processes, and it doesn't hold a
// process to its memory or its share of a CPU. Layers, extensions, versions and response streaming aren't played.
package lambda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// Moment is when Kill ends processes.
type Moment string

// The moments of killing.
const (
	KillNow   Moment = "now"   // every process of the function, busy or idle
	KillNext  Moment = "next"  // the next invocation, some milliseconds after its event was handed over
	KillReply Moment = "reply" // the next invocation, its work done, before its answer is heard
	KillNever Moment = "never" // no invocation: what was ordered is called off
)

// Options says how functions are run.
type Options struct {
	Binaries string                             // folder with <name>/bootstrap of every function
	Env      func(f topology.Function) []string // "KEY=value" beside those that Lambda sets; nil: none
	Limit    int                                // processes at once of a function without reserved concurrency; 0: 8
	Idle     time.Duration                      // an idle process is ended after this; 0: 5 minutes
	Backoff  time.Duration                      // before the first retry of an asynchronous call, then doubled; 0: 1 s
	Logs     io.Writer                          // what functions print, a prefixed line each; nil: nowhere
}

// Service runs functions.
type Service struct {
	opts      Options
	functions map[string]*function
	workers   sync.Map // worker id → *worker
	api       net.Listener
	server    *http.Server
	ctx       context.Context
	cancel    context.CancelFunc
	tasks     sync.WaitGroup
	logMu     sync.Mutex
}

// New returns a service that is ready to run the functions; their processes start with the first invocation.
func New(functions []topology.Function, opts Options) (*Service, error) {
	opts.Limit = cmp.Or(opts.Limit, 8)
	opts.Idle = cmp.Or(opts.Idle, 5*time.Minute)
	opts.Backoff = cmp.Or(opts.Backoff, time.Second)
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("runtime API: %w", err)
	}
	l := &Service{opts: opts, functions: map[string]*function{}, api: api}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	for _, f := range functions {
		l.functions[f.Name] = &function{
			Function: f, lambda: l, code: opts.Binaries, all: map[*worker]bool{},
			slots: make(chan struct{}, cmp.Or(f.ReservedConcurrency, opts.Limit)),
		}
	}
	l.server = &http.Server{Handler: l.runtimeAPI()}
	l.tasks.Go(func() { l.server.Serve(api) })
	l.tasks.Go(l.endIdle)
	return l, nil
}

// Close kills every process and waits until all have ended.
func (l *Service) Close() {
	l.cancel()
	for name := range l.functions {
		l.Kill(name, KillNow)
	}
	l.server.Close()
	l.tasks.Wait()
}

// Invoke runs the function and waits for its answer. When ctx ends first, the function runs on, as on Lambda.
func (l *Service) Invoke(ctx context.Context, name string, payload []byte) ([]byte, string, error) {
	f, ok := l.functions[name]
	if !ok {
		return nil, "", fmt.Errorf("ResourceNotFoundException: no function %q", name)
	}
	if len(payload) > maxPayload {
		return nil, "", aws.ErrTooLarge
	}
	if err := errors.Join(l.ctx.Err(), f.acquire(ctx)); err != nil {
		return nil, "", err
	}
	inv := newInvocation(payload, f.nextKill())
	l.tasks.Go(func() { f.run(inv) })
	select {
	case <-inv.over:
		return inv.outcome.result, inv.outcome.functionError, inv.outcome.err
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
}

// InvokeAsync runs the function without waiting for it: after an error twice again, and as often as it is throttled.
func (l *Service) InvokeAsync(name string, payload []byte) {
	l.tasks.Go(func() {
		for try, wait := 0, l.opts.Backoff; try < 3; {
			_, functionError, err := l.Invoke(l.ctx, name, payload)
			if err == nil && functionError == "" || l.ctx.Err() != nil {
				return
			}
			if !errors.Is(err, aws.ErrThrottled) {
				try, wait = try+1, wait*2
			}
			if smithytime.SleepWithContext(l.ctx, wait/2) != nil {
				return
			}
		}
	})
}

// Deploy has the function's invocations from now on run in processes of another folder's binary. Those under way end as
// they are: the old and the new code are at work side by side until the last of them has.
func (l *Service) Deploy(name, folder string) error {
	f, ok := l.functions[name]
	if !ok {
		return fmt.Errorf("no function %q to deploy", name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.code == folder {
		return nil
	}
	f.code = folder
	for _, w := range f.idle {
		w.process.Kill()
	}
	f.idle = nil
	return nil
}

// Kill ends processes of the function without warning; the work that they were doing is lost.
func (l *Service) Kill(name string, when Moment) error {
	f, ok := l.functions[name]
	if !ok {
		return fmt.Errorf("no function %q to kill", name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch when {
	case KillNow:
		for w := range f.all {
			w.process.Kill()
		}
	case KillNext, KillReply:
		f.kills = append(f.kills, when)
	case KillNever:
		f.kills = nil
	default:
		return fmt.Errorf("no moment %q to kill: now, next, reply or never", when)
	}
	return nil
}

// Stats returns every function's counts so far.
func (l *Service) Stats() map[string]Stats {
	all := map[string]Stats{}
	for name, f := range l.functions {
		f.mu.Lock()
		stats := f.stats
		stats.Processes = len(f.all)
		all[name] = stats
		f.mu.Unlock()
	}
	return all
}

// endIdle ends processes that have been idle for too long.
func (l *Service) endIdle() {
	for smithytime.SleepWithContext(l.ctx, min(l.opts.Idle, time.Second)) == nil {
		for _, f := range l.functions {
			f.mu.Lock()
			for _, w := range f.idle {
				if time.Since(w.since) >= l.opts.Idle {
					w.process.Kill()
				}
			}
			f.mu.Unlock()
		}
	}
}
