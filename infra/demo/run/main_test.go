package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"foyer/infra/bundle"
	"foyer/infra/local/ddb"
	"foyer/internal/testkit/skip"
)

// running is the command as `make run` starts it.
type running struct {
	cmd  *exec.Cmd
	home string // the one URL that it printed
	port int
}

// built is the command, built once.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "foyer-run-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "run")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// command is the command in the module's folder, on free ports, with more environment.
func command(t *testing.T, port int, env ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("builds every function: run without -short")
	}
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), fmt.Sprintf("PORT=%d", port), "LOGS="+filepath.Join(t.TempDir(), "functions.log"))
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// begin starts it and waits for the URL.
func begin(t *testing.T, env ...string) running {
	t.Helper()
	if err := ddb.Missing(context.Background()); err != nil {
		skip.Because(t, "%v", err)
	}
	r := running{port: freePorts(t)}
	r.cmd = command(t, r.port, env...)
	r.cmd.Stderr = os.Stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill(); r.cmd.Wait() })
	lines := bufio.NewScanner(out)
	for r.home == "" && lines.Scan() {
		r.home = strings.TrimSpace(lines.Text())
	}
	if r.home == "" {
		t.Fatal("it ended without printing a URL")
	}
	return r
}

// freePorts is a port that is free, with the two after it.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		next, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		third, fault := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+2))
		l.Close()
		if err == nil {
			next.Close()
		}
		if fault == nil {
			third.Close()
		}
		if err == nil && fault == nil {
			return port
		}
	}
	t.Fatal("no three free ports in a row")
	return 0
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, res.Status, err)
	}
	return string(body)
}

// children are the processes that its threads started.
func (r running) children(t *testing.T) (all []int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may have ended
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, pid)
		}
	}
	return all
}

// alive reports whether a process runs; one that has ended and isn't waited for yet doesn't.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// ends presses Ctrl-C and makes sure that everything ends, in time.
func (r running) ends(t *testing.T) {
	t.Helper()
	var children []int
	if runtime.GOOS == "linux" {
		children = r.children(t)
	}
	asked := time.Now()
	r.cmd.Process.Signal(syscall.SIGINT)
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("ended after %s", took)
	}
	for _, pid := range children {
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

func TestRunComesUpAndEndsWhole(t *testing.T) {
	r := begin(t)
	if page := get(t, r.home); !strings.Contains(page, "<html") {
		t.Errorf("the demo home is %.100q", page)
	}
	deadline := time.Now().Add(20 * time.Second)
	status := fmt.Sprintf("http://localhost:%d/foyer/zones/main/status", r.port)
	for {
		res, err := http.Get(status)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no status of the zone: %s", res.Status)
		}
		time.Sleep(100 * time.Millisecond)
	}
	r.ends(t)
}

func TestRunLeavesNoProcessHoweverItEnds(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of a process that was killed")
	}
	r := begin(t)
	time.Sleep(time.Second) // the scheduled functions
	children := r.children(t)
	if len(children) == 0 {
		skip.Because(t, "the kernel lists no children: use one with CONFIG_PROC_CHILDREN")
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	for _, pid := range children {
		for range 100 {
			if !alive(pid) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}
