package cold

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"foyer/infra/local/aws"
)

// patience bounds the time that a process takes to ask or to answer.
const patience = 30 * time.Second

// runtime is Lambda's runtime API, for one process at a time.
type runtime struct {
	listener net.Listener
	server   *http.Server
	process  atomic.Pointer[process]
}

func newRuntime() (*runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &runtime{listener: l}
	r.server = &http.Server{Handler: r}
	go func() { _ = r.server.Serve(l) }()
	return r, nil
}

func (r *runtime) close() { _ = r.server.Close() }

// process is one of a function's.
type process struct {
	name    string
	cmd     *exec.Cmd
	init    float64        // ms, from its start to its first question for an event
	asked   chan time.Time // it asks for an event
	events  chan []byte
	answers chan answer
}

type answer struct {
	at   time.Time
	body []byte
	err  error
}

func newProcess(name string) *process {
	return &process{name: name, asked: make(chan time.Time, 1), events: make(chan []byte), answers: make(chan answer, 1)}
}

// start runs a program until it asks for an event. It is the caller's to end.
func (r *runtime) start(ctx context.Context, binary string, env []string) (*process, error) {
	p := newProcess(filepath.Base(binary))
	p.cmd = exec.CommandContext(ctx, binary)
	p.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + r.listener.Addr().String(), "AWS_REGION=" + aws.Region,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
	}, env...)
	r.process.Store(p)
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	select {
	case at := <-p.asked:
		p.init = milliseconds(at.Sub(began))
		return p, nil
	case <-time.After(patience):
		p.end()
		return nil, fmt.Errorf("%s asked for no event", p.name)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// invoke hands the process an event, and returns the time until its answer, ms. Then it waits for the next question.
func (p *process) invoke(event []byte) (body []byte, took float64, err error) {
	began, late := time.Now(), time.After(patience)
	p.events <- event
	var a answer
	select {
	case a = <-p.answers:
	case <-late:
		return nil, 0, fmt.Errorf("%s didn't answer", p.name)
	}
	select {
	case <-p.asked:
		return a.body, milliseconds(a.at.Sub(began)), a.err
	case <-late:
		return nil, 0, fmt.Errorf("%s asked for no second event", p.name)
	}
}

// end kills the process.
func (p *process) end() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// ServeHTTP answers …/invocation/next with the process's next event, and takes what it says of the last.
func (r *runtime) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	at, p := time.Now(), r.process.Load()
	if strings.HasSuffix(q.URL.Path, "/invocation/next") {
		p.asked <- at
		select {
		case event := <-p.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8c6bb2a7-0d5c-4f0e-9a53-0d1c2b3a4f5e")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(at.Add(patience).UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", aws.ARN("lambda", "function:"+p.name))
			_, _ = w.Write(event)
		case <-q.Context().Done():
		}
		return
	}
	body, err := io.ReadAll(q.Body)
	if err == nil && !strings.HasSuffix(q.URL.Path, "/response") {
		err = fmt.Errorf("%s failed: %s", p.name, body)
	}
	w.WriteHeader(http.StatusAccepted)
	p.answers <- answer{at, body, err}
}
