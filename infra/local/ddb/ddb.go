// Package ddb starts DynamoDB Local, the real database on one machine, for the local cloud and for tests.
//
// It owns the process it starts and nothing else: it ends that process, waits for it, and sees to it that it does
// not outlive its parent. The program itself is fetched once into the user's cache.
package ddb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"foyer/infra/local/child"
)

// Version is the version of DynamoDB Local that is fetched.
const Version = "3.1.0"

// EndpointEnv names the environment variable with the endpoint of a database that runs already.
const EndpointEnv = "DYNAMODB_ENDPOINT"

const (
	startAttempts = 3 // a free port may be taken before the database has it
	readyWithin   = 60 * time.Second
	stopWithin    = 5 * time.Second
)

// Options says how to start. The zero Options: the usual cache, in memory, no progress lines.
type Options struct {
	CacheDir string    // where the program is kept; empty: dynamodb-local-<Version> in foyer's folder of the user's cache
	Progress io.Writer // gets a line now and then while the program is fetched; nil: none
	DBPath   string    // folder that keeps the data; empty: in memory
	HeapMB   int       // the most that Java's heap may take, MB; 0: 512
}

func (o Options) heapMB() int {
	if o.HeapMB > 0 {
		return o.HeapMB
	}
	return 512
}

// Server is a running DynamoDB Local.
type Server struct {
	Endpoint string // such as http://127.0.0.1:40123

	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended and was waited for
	output *child.Tail
	stop   sync.Once
}

// Start starts DynamoDB Local, fetching it first where that was never done, and returns when it answers. Where
// DYNAMODB_ENDPOINT is set, the database there is used. ctx bounds the start, not the life. Errors are one line
// and say what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	if endpoint := os.Getenv(EndpointEnv); endpoint != "" {
		if err := answers(ctx, endpoint); err != nil {
			return nil, fmt.Errorf("nothing answers at %s=%s: start a database there or unset the variable (%w)", EndpointEnv, endpoint, err)
		}
		return &Server{Endpoint: endpoint}, nil
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	lib, err := fetch(ctx, &o)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		s, err := launch(ctx, java, lib, o)
		if err == nil || ctx.Err() != nil || attempt == startAttempts {
			return s, err
		}
	}
}

// Missing tells which tool Start would miss, with the remedy, in one line; nil when it has all.
func Missing(ctx context.Context) error {
	if os.Getenv(EndpointEnv) != "" {
		return nil
	}
	if _, err := findJava(ctx); err != nil {
		return err
	}
	var o Options
	if err := o.locate(); err != nil || present(o.lib()) {
		return err
	}
	_, err := findMaven(ctx)
	return err
}

// launch runs the program once and waits until it answers.
func launch(ctx context.Context, java, lib string, o Options) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("no free port for DynamoDB Local: %w", err)
	}
	where := []string{"-inMemory"}
	if o.DBPath != "" {
		if err := os.MkdirAll(o.DBPath, 0o755); err != nil {
			return nil, fmt.Errorf("can't keep the database in %s: %w", o.DBPath, err)
		}
		where = []string{"-dbPath", o.DBPath}
	}
	args := append([]string{
		fmt.Sprintf("-Xmx%dm", o.heapMB()), "-cp", filepath.Join(lib, "*"), "software.amazon.dynamodb.services.local.main.ServerRunner",
		"-sharedDb", "-disableTelemetry", "-cors", "http://127.0.0.1", "-port", strconv.Itoa(port),
	}, where...)
	s := &Server{
		Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port),
		cmd:      exec.Command(java, args...),
		done:     make(chan struct{}),
		output:   &child.Tail{},
	}
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := child.Start(s.cmd, s.done); err != nil {
		return nil, fmt.Errorf("can't start %s: %w", java, err)
	}
	if err := s.ready(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// ready waits until the database answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, errors.New("time out"))
	defer cancel()
	for {
		if answers(ctx, s.Endpoint) == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("DynamoDB Local ended at once: %s", explain(s.output.String(), s.cmd.ProcessState.String()))
		case <-ctx.Done():
			return fmt.Errorf("DynamoDB Local did not answer: %w", context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the process that Start started and waits for its end. It may be called again; for a database that ran
// already it does nothing.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	s.stop.Do(func() { child.Stop(s.cmd, s.done, syscall.SIGTERM, stopWithin) })
	<-s.done
}

// Done is closed when the process has ended; nil, which blocks forever, for a database that ran already.
func (s *Server) Done() <-chan struct{} { return s.done }

// answers reports whether something speaks HTTP at endpoint; the database answers even a nonsense request.
func answers(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return err
	}
	response, err := probe.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// probe never goes through a proxy and keeps no connection.
var probe = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
