package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"foyer/infra/local"
	"foyer/infra/topology"
)

// coldBudget is the longest init of a function, as a multiple of a hello-world Lambda's in the same run.
const coldBudget = 1.5

// coldStarts starts every function again and again as Lambda does, in turn with a hello-world, and measures the time
// from the process's start to its first question for an event. Loading the package is not in it.
func coldStarts(ctx context.Context, e *Env) ([]Row, error) {
	if err := local.Build(ctx, e.root, topology.Functions, e.progress); err != nil {
		return nil, err
	}
	hello := filepath.Join(e.root, ".build", "bench", "hello", "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", hello, "./infra/bench/testdata/hello")
	build.Dir, build.Env = e.root, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the hello-world: %w\n%s", err, text)
	}
	runtime, err := newRuntime()
	if err != nil {
		return nil, err
	}
	defer runtime.close()
	took := map[string][]float64{}
	for range pick(e, 41, 5) {
		if err := runtime.round(ctx, e.root, hello, took); err != nil {
			return nil, err
		}
	}
	base := median(took[""])
	awaited, others := slowest{}, slowest{}
	for _, f := range topology.Functions {
		if len(f.Routes)+len(f.Sockets) > 0 {
			awaited.add(f.Name, median(took[f.Name])/base)
		} else {
			others.add(f.Name, median(took[f.Name])/base)
		}
	}
	return []Row{
		atMost("slowest init of a function that visitors wait for, beside a hello-world Lambda's", coldBudget, awaited.ratio, " ×").
			with("a hello-world's takes %.1f ms here, most of the rest is the SDK's; %s", base, strings.Join(awaited.each, ", ")),
		atMost("… of the others", coldBudget, others.ratio, " ×").with("%s", strings.Join(others.each, ", ")),
	}, nil
}

// slowest keeps the longest of what is added, and says what each is.
type slowest struct {
	ratio float64
	each  []string
}

func (s *slowest) add(name string, ratio float64) {
	s.ratio = max(s.ratio, ratio)
	s.each = append(s.each, fmt.Sprintf("%s %.2f", name, ratio))
}

// runtime is the part of Lambda's runtime API that a process meets first. Nobody is answered.
type runtime struct {
	listener net.Listener
	server   *http.Server
	asked    chan time.Time
}

func newRuntime() (*runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &runtime{listener: l, asked: make(chan time.Time, 1)}
	r.server = &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		r.asked <- time.Now()
		<-q.Context().Done()
	})}
	go func() { _ = r.server.Serve(l) }()
	return r, nil
}

func (r *runtime) close() { _ = r.server.Close() }

// round starts everything once. The hello-world has no name.
func (r *runtime) round(ctx context.Context, root, hello string, took map[string][]float64) error {
	all := append([]topology.Function{{}}, topology.Functions...)
	for _, f := range all {
		binary := hello
		if f.Name != "" {
			binary = filepath.Join(root, local.Binaries, f.Name, "bootstrap")
		}
		ms, err := r.start(ctx, binary, f.Env)
		if err != nil {
			return fmt.Errorf("start %s: %w", binary, err)
		}
		took[f.Name] = append(took[f.Name], ms)
	}
	return nil
}

// start runs a process until it asks for an event, ms.
func (r *runtime) start(ctx context.Context, binary string, env []string) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + r.listener.Addr().String(), "AWS_REGION=" + local.Region,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
	}
	for _, name := range env {
		cmd.Env = append(cmd.Env, name+"=http://127.0.0.1:9/x") // whatever it is, it is not asked yet
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	select {
	case at := <-r.asked:
		return float64(at.Sub(began).Microseconds()) / 1000, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("it asked for no event: %w", ctx.Err())
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
