package lambda

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/local/child"
)

// initLimit is how long Lambda lets a process initialise.
const initLimit = 10 * time.Second

// maxPayload is the largest event or answer of a synchronous invocation, bytes.
const maxPayload = 6 << 20

// worker is one process of a function, and its side of the runtime API.
type worker struct {
	id       string
	code     string // folder with its binary
	function *function
	process  *child.Process
	next     chan *invocation // taken by the runtime's request for the next event
	asked    chan struct{}    // the runtime has asked for the next event
	exited   chan struct{}
	exit     error
	since    time.Time // idle since; under the function's lock

	mu      sync.Mutex
	current *invocation
}

// start starts a process. The path of its requests to the runtime API begins with its id, since a runtime appends its
// own path to any address that it is given.
func (f *function) start() (*worker, error) {
	l := f.lambda
	f.mu.Lock()
	code := f.code
	f.mu.Unlock()
	w := &worker{
		id: aws.UUID()[:8], code: code, function: f, next: make(chan *invocation),
		asked: make(chan struct{}, 1), exited: make(chan struct{}),
	}
	out := &lineWriter{prefix: f.Name + "/" + w.id + " ", to: l.opts.Logs, mu: &l.logMu}
	cmd := exec.Command(filepath.Join(code, f.Name, "bootstrap"))
	cmd.Env = f.environment(l.api.Addr().String() + "/" + w.id)
	cmd.Stdout, cmd.Stderr = out, out

	l.workers.Store(w.id, w)
	f.mu.Lock()
	defer f.mu.Unlock()
	err := l.ctx.Err() // once it is over, nobody would end the process
	if err == nil {
		w.process, err = child.Start(cmd)
	}
	if err != nil {
		l.workers.Delete(w.id)
		return nil, fmt.Errorf("start function %s: %w", f.Name, err)
	}
	f.all[w] = true
	l.tasks.Go(w.watch)
	return w, nil
}

func (w *worker) watch() {
	<-w.process.Done()
	w.exit = errors.New("exited without providing a reason")
	if err := w.process.Err(); err != nil {
		w.exit = fmt.Errorf("exited with error: %w", err)
	}
	w.function.forget(w)
	w.function.lambda.workers.Delete(w.id)
	close(w.exited)
}

// serve runs one invocation to its end. It reports false when a warm process ended before it got the event, so that
// nothing has happened yet.
func (w *worker) serve(inv *invocation, warm bool) (begun bool) {
	select {
	case w.next <- inv:
	case <-w.exited:
		if warm {
			return false
		}
		inv.fail("Runtime.ExitError", "Runtime %v", w.exit)
		return true
	case <-time.After(initLimit):
		w.process.Kill()
		inv.fail("Sandbox.Timedout", "Init timed out after %.2f seconds", initLimit.Seconds())
		return true
	}
	deadline := time.NewTimer(w.function.Timeout)
	defer deadline.Stop()
	if inv.kill == KillNext {
		defer time.AfterFunc(someMilliseconds(), func() { w.process.Kill() }).Stop()
	}
	for settled, asked := inv.settled, (chan struct{})(nil); ; {
		select {
		case <-settled: // busy until it asks for more
			settled, asked = nil, w.asked
		case <-asked:
			w.function.park(w)
			return true
		case <-w.exited:
			inv.fail("Runtime.ExitError", "Runtime %v", w.exit)
			return true
		case <-deadline.C:
			w.process.Kill()
			inv.fail("Sandbox.Timedout", "Task timed out after %.2f seconds", w.function.Timeout.Seconds())
			return true
		}
	}
}

// runtimeAPI returns the handler of the functions' side of Lambda, version 2018-06-01.
func (l *Service) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	const root = "/{worker}/2018-06-01/runtime"
	mux.HandleFunc("GET "+root+"/invocation/next", l.forWorker((*worker).serveNext))
	mux.HandleFunc("POST "+root+"/invocation/{id}/response", l.forWorker((*worker).serveResponse))
	mux.HandleFunc("POST "+root+"/invocation/{id}/error", l.forWorker((*worker).serveError))
	mux.HandleFunc("POST "+root+"/init/error", l.forWorker((*worker).serveInitError))
	return mux
}

func (l *Service) forWorker(serve func(*worker, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w, ok := l.workers.Load(r.PathValue("worker"))
		if !ok {
			http.Error(rw, `{"errorMessage":"unknown worker","errorType":"Forbidden"}`, http.StatusForbidden)
			return
		}
		serve(w.(*worker), rw, r)
	}
}

func (w *worker) serveNext(rw http.ResponseWriter, r *http.Request) {
	select {
	case w.asked <- struct{}{}:
	default:
	}
	select {
	case inv := <-w.next:
		select { // that request was for this event
		case <-w.asked:
		default:
		}
		w.mu.Lock()
		w.current = inv
		w.mu.Unlock()
		h := rw.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(w.function.Timeout).UnixMilli()))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", aws.ARN("lambda", "function:"+w.function.Name))
		h.Set("Lambda-Runtime-Trace-Id", fmt.Sprintf("Root=1-%08x-%.24s;Sampled=0", time.Now().Unix(), aws.UUID()[9:]))
		h.Set("Content-Type", "application/json")
		rw.Write(inv.payload)
	case <-r.Context().Done():
	case <-w.function.lambda.ctx.Done():
	}
}

func (w *worker) serveResponse(rw http.ResponseWriter, r *http.Request) {
	w.settle(rw, r, func(inv *invocation, body []byte) {
		if len(body) > maxPayload {
			inv.fail("Function.ResponseSizeTooLarge",
				"Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload)
			return
		}
		inv.finish(outcome{result: body})
	})
}

func (w *worker) serveError(rw http.ResponseWriter, r *http.Request) {
	w.settle(rw, r, func(inv *invocation, body []byte) {
		inv.finish(outcome{result: body, functionError: "Unhandled"})
	})
}

// settle takes the answer to the invocation at hand.
func (w *worker) settle(rw http.ResponseWriter, r *http.Request, finish func(*invocation, []byte)) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	w.mu.Lock()
	inv := w.current
	w.mu.Unlock()
	switch {
	case err != nil || inv == nil || inv.id != r.PathValue("id"):
		http.Error(rw, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	case inv.kill == KillReply:
		w.process.Kill()
		return
	}
	finish(inv, body)
	rw.WriteHeader(http.StatusAccepted)
}

func (w *worker) serveInitError(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	select {
	case inv := <-w.next:
		inv.finish(outcome{result: body, functionError: "Unhandled"})
	case <-r.Context().Done():
	}
	rw.WriteHeader(http.StatusAccepted)
}

// lineWriter puts a prefix before every line and writes whole lines only.
type lineWriter struct {
	prefix string
	to     io.Writer
	mu     *sync.Mutex // shared by all writers to the same place
	rest   []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	if w.to == nil {
		return len(p), nil
	}
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		w.mu.Lock()
		io.WriteString(w.to, w.prefix+string(w.rest[:end+1]))
		w.mu.Unlock()
		w.rest = w.rest[end+1:]
	}
}
