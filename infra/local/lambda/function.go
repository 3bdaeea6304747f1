package lambda

import (
	"context"
	"fmt"
	"sync"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// function is one function, with its processes.
type function struct {
	topology.Function
	lambda *Service
	slots  chan struct{} // one for every busy process

	mu    sync.Mutex
	code  string    // folder with its binary
	idle  []*worker // the most recently used last
	all   map[*worker]bool
	kills []Moment
	stats Stats
}

// Stats counts a function's invocations.
type Stats struct {
	Invocations   int64         `json:"invocations"`
	Errors        int64         `json:"errors"`
	Throttles     int64         `json:"throttles"`
	ColdStarts    int64         `json:"coldStarts"`
	Concurrent    int           `json:"concurrent"`
	MaxConcurrent int           `json:"maxConcurrent"`
	Processes     int           `json:"processes"` // there are now
	Busy          time.Duration `json:"busy"`      // in all invocations together, ns
}

// acquire waits for the right to run one more invocation. A function with reserved concurrency throttles instead. On
// AWS the others have the whole account's concurrency; here they wait.
func (f *function) acquire(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
		return nil
	default:
	}
	if f.ReservedConcurrency > 0 {
		f.count(func(s *Stats) { s.Throttles++ })
		return aws.ErrThrottled
	}
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-f.lambda.ctx.Done():
		return f.lambda.ctx.Err()
	}
}

func (f *function) count(change func(*Stats)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.stats)
}

// run gives the invocation to an idle process, or to a new one.
func (f *function) run(inv *invocation) {
	start := time.Now()
	f.count(func(s *Stats) {
		s.Invocations++
		s.Concurrent++
		s.MaxConcurrent = max(s.MaxConcurrent, s.Concurrent)
	})
	defer func() {
		f.count(func(s *Stats) {
			s.Concurrent--
			s.Busy += time.Since(start)
			if inv.outcome.err != nil || inv.outcome.functionError != "" {
				s.Errors++
			}
		})
		<-f.slots
		close(inv.over)
	}()
	for {
		w, warm, err := f.take()
		if err != nil {
			inv.finish(outcome{err: err})
			return
		}
		if w.serve(inv, warm) {
			return
		}
	}
}

// take returns the most recently used idle process, or a new one.
func (f *function) take() (w *worker, warm bool, err error) {
	f.mu.Lock()
	if n := len(f.idle); n > 0 {
		w, f.idle = f.idle[n-1], f.idle[:n-1]
		f.mu.Unlock()
		return w, true, nil
	}
	f.stats.ColdStarts++
	f.mu.Unlock()
	w, err = f.start()
	return w, false, err
}

// park makes a process idle, or ends it if it isn't of the code that is deployed.
func (f *function) park(w *worker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.code != f.code {
		w.process.Kill()
		return
	}
	if f.all[w] {
		w.since = time.Now()
		f.idle = append(f.idle, w)
	}
}

// forget removes a process that has ended.
func (f *function) forget(w *worker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, w)
	for i, other := range f.idle {
		if other == w {
			f.idle = append(f.idle[:i:i], f.idle[i+1:]...)
			return
		}
	}
}

func (f *function) nextKill() Moment {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kills) == 0 {
		return ""
	}
	when := f.kills[0]
	f.kills = f.kills[1:]
	return when
}

// environment returns a function's variables: those that Lambda sets, and those of the options. Nothing of this
// process's own is among them.
func (f *function) environment(api string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + f.Name,
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_REGION=" + aws.Region, "AWS_DEFAULT_REGION=" + aws.Region,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
		"LAMBDA_TASK_ROOT=/var/task", "_HANDLER=bootstrap", "TZ=:UTC", "PATH=/usr/local/bin:/usr/bin:/bin",
	}
	if f.lambda.opts.Env != nil {
		env = append(env, f.lambda.opts.Env(f.Function)...)
	}
	return env
}
