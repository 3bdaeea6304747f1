package sam

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/local/child"
)

// Program is the SAM CLI, on PATH.
const Program = "sam"

// Bounds of SAM's processes.
const (
	readyWithin = 3 * time.Minute // the first start builds an image
	stopWithin  = 20 * time.Second
)

// environment keeps SAM from sending telemetry and from asking AWS for the caller, which takes 10 s where AWS can't be
// reached.
func environment() []string {
	return append(os.Environ(), "SAM_CLI_TELEMETRY=0", "AWS_MAX_ATTEMPTS=1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=",
		"AWS_REGION="+aws.Region, "AWS_DEFAULT_REGION="+aws.Region)
}

// FunctionError says that a function didn't do what its event asks: it returned an error, died or ran out of time.
// SAM shows it by neither exit status nor HTTP status.
type FunctionError struct {
	Function string
	Answer   []byte // Lambda's description of the error; empty of a function that died or ran out of time
}

func (e *FunctionError) Error() string {
	if len(e.Answer) == 0 {
		return "samtest: function " + e.Function + " died or ran out of time"
	}
	return fmt.Sprintf("samtest: function %s: %s", e.Function, e.Answer)
}

// judge returns a *FunctionError for an answer that is none.
func judge(function string, answer []byte) error {
	answer = bytes.TrimSpace(answer)
	var failure struct{ ErrorType *string }
	// What is no object can't describe an error.
	_ = json.Unmarshal(answer, &failure)
	if len(answer) == 0 || failure.ErrorType != nil {
		return &FunctionError{function, answer}
	}
	return nil
}

// Invoke runs one function once by `sam local invoke` and gives what it answered, or a *FunctionError.
func Invoke(ctx context.Context, app *App, env, function string, event []byte, log io.Writer) ([]byte, error) {
	cmd := exec.CommandContext(ctx, Program,
		append([]string{"local", "invoke", app.Functions[function], "--event", "-"}, app.runs(env)...)...)
	cmd.Env, cmd.Stdin, cmd.Stderr = environment(), bytes.NewReader(event), log
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, stopWithin
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("samtest: sam local invoke %s: %w", function, err)
	}
	return out, judge(function, out)
}

// Server is a running `sam local start-lambda` or `start-api`.
type Server struct {
	URL  string
	cmd  *exec.Cmd
	done chan struct{}
}

// StartLambda runs Lambda's own API, with a warm container for every function.
func StartLambda(ctx context.Context, app *App, env string, log io.Writer) (*Server, error) {
	return serve(ctx, log, 0, "start-lambda", append(app.runs(env), "--warm-containers", "EAGER")...)
}

// StartAPI runs the HTTP API on a port; 0 is a free one.
func StartAPI(ctx context.Context, app *App, env string, port int, log io.Writer) (*Server, error) {
	return serve(ctx, log, port, "start-api", append(app.runs(env), "--warm-containers", "LAZY")...)
}

func serve(ctx context.Context, log io.Writer, port int, what string, args ...string) (*Server, error) {
	if port == 0 {
		var err error
		if port, err = child.FreePort(); err != nil {
			return nil, err
		}
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s := &Server{URL: "http://" + address, done: make(chan struct{})}
	s.cmd = exec.Command(Program,
		append([]string{"local", what, "--host", "127.0.0.1", "--port", strconv.Itoa(port)}, args...)...)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = environment(), log, log
	// A Ctrl-C is for the process that started it, which then stops it in good order.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	if err := s.ready(ctx, address); err != nil {
		s.Stop()
		return nil, fmt.Errorf("samtest: sam local %s: %w", what, err)
	}
	return s, nil
}

func (s *Server) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return conn.Close()
		}
		select {
		case <-s.done:
			return fmt.Errorf("it ended at once: %s", s.cmd.ProcessState)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Done is closed when SAM has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends SAM, which then ends its containers.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(stopWithin):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// Invoke calls a function by Lambda's API and gives what it answered, or a *FunctionError.
func (s *Server) Invoke(ctx context.Context, app *App, function string, event []byte) ([]byte, error) {
	url := s.URL + "/2015-03-31/functions/" + app.Functions[function] + "/invocations"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	out, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	answer, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, err
	}
	if out.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("samtest: invoking %s: %s: %s", function, out.Status, answer)
	}
	return answer, judge(function, answer)
}
