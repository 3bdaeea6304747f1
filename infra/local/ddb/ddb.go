// Package ddb starts DynamoDB Local, the real database on one machine, for the local cloud and for tests.
//
// The package ends the process that it starts and waits for it; the process does not outlive its parent. The program
// itself is fetched once into the user's cache.
package ddb

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"foyer/infra/local/child"
	"foyer/infra/local/maven"
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

//go:embed pom.xml
var pom []byte

// Options says how to start. The zero Options: the usual cache, in memory, no progress lines.
type Options struct {
	CacheDir string    // where the program is kept; empty: dynamodb-local-<Version> in foyer's folder of the user's cache
	Progress io.Writer // gets a line now and then while the program is fetched; nil: none
	DBPath   string    // folder that keeps the data; empty: in memory
	HeapMB   int       // the most that Java's heap may take, MB; 0: 512
	Port     int       // where it answers; 0: a free one
}

// program returns what Maven fetches.
func (o Options) program() (*maven.Program, error) {
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("no cache folder for DynamoDB Local: set HOME or XDG_CACHE_HOME (%w)", err)
		}
		o.CacheDir = filepath.Join(cache, "foyer", "dynamodb-local-"+Version)
	}
	return &maven.Program{
		Name: "DynamoDB Local " + Version, Size: "40 MB", Folder: filepath.Join(o.CacheDir, "lib"),
		Pom: pom, Goal: []string{"dependency:copy-dependencies"}, Progress: o.Progress,
	}, nil
}

// Server is a running DynamoDB Local.
type Server struct {
	Endpoint string // such as http://127.0.0.1:40123

	port    int
	process *child.Process // nil: it ran already
}

// Start starts DynamoDB Local, fetching it first where that was never done, and returns when it answers. Where
// DYNAMODB_ENDPOINT is set, the database there is used. ctx bounds the start, not the life. Errors are one line
// and say what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	if endpoint := os.Getenv(EndpointEnv); endpoint != "" {
		if err := answers(ctx, endpoint); err != nil {
			return nil, fmt.Errorf("nothing answers at %s=%s: start a database there or unset the variable (%w)",
				EndpointEnv, endpoint, err)
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
	program, err := o.program()
	if err != nil {
		return nil, err
	}
	if err := program.Fetch(ctx); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		s, err := launch(ctx, java, program.Folder, o)
		if err == nil || ctx.Err() != nil || attempt == startAttempts {
			return s, err
		}
	}
}

// Missing returns which tool Start would miss, with the remedy, in one line; nil when it has all.
func Missing(ctx context.Context) error {
	if os.Getenv(EndpointEnv) != "" {
		return nil
	}
	if _, err := findJava(ctx); err != nil {
		return err
	}
	program, err := Options{}.program()
	if err != nil || program.Present() {
		return err
	}
	_, err = maven.Find(ctx)
	return err
}

// findJava returns the path of a Java that is new enough: JAVA_HOME's, or else the first on PATH.
func findJava(ctx context.Context) (string, error) {
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	return child.Tool{
		Name: "Java", Command: java, Version: `version "(\d+)`, Oldest: 17,
		Remedy: "install Java 17 or later (apt-get install openjdk-17-jre-headless), or set " + EndpointEnv +
			" to a DynamoDB Local that runs already",
	}.Find(ctx)
}

// launch runs the program once and waits until it answers.
func launch(ctx context.Context, java, lib string, o Options) (*Server, error) {
	port := o.Port
	if port == 0 {
		free, err := child.FreePort()
		if err != nil {
			return nil, err
		}
		port = free
	}
	where := []string{"-inMemory"}
	if o.DBPath != "" {
		if err := os.MkdirAll(o.DBPath, 0o755); err != nil {
			return nil, fmt.Errorf("can't keep the database in %s: %w", o.DBPath, err)
		}
		where = []string{"-dbPath", o.DBPath}
	}
	s := &Server{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port), port: port}
	process, err := child.Start(exec.Command(java, append([]string{
		fmt.Sprintf("-Xmx%dm", cmp.Or(o.HeapMB, 512)), "-cp", filepath.Join(lib, "*"),
		"software.amazon.dynamodb.services.local.main.ServerRunner",
		"-sharedDb", "-disableTelemetry", "-cors", "http://127.0.0.1", "-port", strconv.Itoa(port),
	}, where...)...))
	if err != nil {
		return nil, fmt.Errorf("can't start %s: %w", java, err)
	}
	s.process = process
	answers := func(ctx context.Context) error { return answers(ctx, s.Endpoint) }
	if err := s.process.Ready(ctx, readyWithin, answers); err != nil {
		s.Stop()
		return nil, fmt.Errorf("DynamoDB Local %w", err)
	}
	return s, nil
}

// Stop ends the process that Start started and waits for its end. It may be called again; for a database that ran
// already it does nothing.
func (s *Server) Stop() {
	if s.process != nil {
		s.process.Stop(syscall.SIGTERM, stopWithin)
	}
}

// Port is where the database answers; 0 for one that ran already.
func (s *Server) Port() int { return s.port }

// Done is closed when the process has ended; it is nil, which blocks forever, for a database that ran already.
func (s *Server) Done() <-chan struct{} {
	if s.process == nil {
		return nil
	}
	return s.process.Done()
}

// answers returns nil if something speaks HTTP at endpoint; the database answers even a nonsense request.
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
