package ddb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"foyer/internal/testkit/skip"
)

// parentEnv makes the test binary a parent that starts a database and waits to be killed.
const parentEnv = "FOYER_DDB_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.process.PID(), s.Endpoint)
	select {}
}

func TestTheDatabaseAnswersAndIsGoneAfterStop(t *testing.T) {
	needTools(t)
	s, err := Start(t.Context(), Options{DBPath: filepath.Join(t.TempDir(), "data"), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if err := answers(t.Context(), s.Endpoint); err != nil {
		t.Error(err)
	}
	s.Stop()
	s.Stop()
	if err := answers(t.Context(), s.Endpoint); err == nil {
		t.Error("it answers after Stop")
	}
	if err := syscall.Kill(s.process.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
}

func TestTheDatabaseDiesWithAKilledParent(t *testing.T) {
	needTools(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"=1", EndpointEnv+"=")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	var pid int
	var endpoint string
	if _, err := fmt.Sscan(line, &pid, &endpoint); err != nil {
		t.Fatalf("the parent said %q", line)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	for deadline := time.Now().Add(time.Minute); answers(t.Context(), endpoint) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the database outlived its parent")
		}
	}
}

func TestADatabaseThatRunsAlreadyIsUsedAndLeftRunning(t *testing.T) {
	needTools(t)
	t.Setenv(EndpointEnv, "")
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	t.Setenv(EndpointEnv, s.Endpoint)
	again, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	again.Stop()
	if again.Endpoint != s.Endpoint || answers(t.Context(), s.Endpoint) != nil {
		t.Errorf("got %s, which was stopped or is another than %s", again.Endpoint, s.Endpoint)
	}
}

func TestErrorsAreOneLineThatSaysWhatToDo(t *testing.T) {
	const java17 = `echo 'openjdk version "17.0.1"' >&2`
	const maven3 = `case $1 in -version) echo "Apache Maven 3.8.7"; exit;; esac; `
	for _, c := range []struct {
		name, java, maven, endpoint string
		says                        []string
	}{
		{name: "no java", says: []string{"Java is missing", "install Java 17"}},
		{name: "old java", java: `echo 'java version "1.8.0_292"' >&2`,
			says: []string{"Java 1 is too old", "install Java 17"}},
		{name: "java 11", java: `echo 'openjdk version "11.0.2"' >&2`, says: []string{"Java 11 is too old"}},
		{name: "broken java", java: `echo cannot find libjvm.so >&2; exit 1`,
			says: []string{"cannot find libjvm.so", "install Java 17"}},
		{name: "no maven", java: java17, says: []string{"Maven is missing", "apt-get install maven"}},
		{name: "old maven", java: java17, maven: `echo Apache Maven 2.2.1`, says: []string{"Maven 2 is too old"}},
		{name: "disk full", java: java17, maven: maven3 + `echo "[ERROR] x: No space left on device"; exit 1`,
			says: []string{"disk is full", "free 200 MB"}},
		{name: "no network", java: java17, maven: maven3 + `echo "[ERROR] Could not transfer artifact a:b"; exit 1`,
			says: []string{"can't reach its repository", "proxy"}},
		{name: "maven fails", java: java17, maven: maven3 + `echo "[ERROR] bad day"; echo more; exit 3`,
			says: []string{"can't fetch", "bad day", "exit status 3"}},
		{name: "database ends at once",
			java:  java17 + `; case $1 in -version) ;; *) echo "Invalid directory for database creation."; exit 1;; esac`,
			maven: maven3 + `for a; do case $a in -DoutputDirectory=*) mkdir -p "${a#-DoutputDirectory=}";; esac; done`,
			says:  []string{"ended at once", "Invalid directory"}},
		{name: "nothing at the endpoint", endpoint: "http://127.0.0.1:9",
			says: []string{EndpointEnv, "start a database there or unset"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tools := t.TempDir()
			tool(t, tools, "java", c.java)
			tool(t, tools, "mvn", c.maven)
			for _, name := range []string{"mkdir", "sh"} {
				link(t, tools, name)
			}
			t.Setenv("PATH", tools)
			t.Setenv("JAVA_HOME", "")
			t.Setenv(EndpointEnv, c.endpoint)
			_, err := Start(t.Context(), Options{CacheDir: filepath.Join(t.TempDir(), "cache")})
			if err == nil {
				t.Fatal("it started")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
		})
	}
}

func TestOneFetchesAndTheOthersWait(t *testing.T) {
	tools, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	ran := filepath.Join(tools, "ran")
	tool(t, tools, "mvn", `case $1 in -version) echo "Apache Maven 3.8.7"; exit;; esac
		echo run >>`+ran+`; sleep 0.3; echo "Downloaded from x"
		for a; do case $a in -DoutputDirectory=*) mkdir -p "${a#-DoutputDirectory=}";; esac; done`)
	for _, name := range []string{"mkdir", "sh", "sleep"} {
		link(t, tools, name)
	}
	t.Setenv("PATH", tools)
	var outputs [2]bytes.Buffer
	errs := make(chan error)
	for i := range outputs {
		go func() {
			program, _ := Options{CacheDir: cache, Progress: &outputs[i]}.program()
			errs <- program.Fetch(t.Context())
		}()
	}
	for range outputs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if runs, _ := os.ReadFile(ran); string(runs) != "run\n" {
		t.Errorf("Maven ran %q", runs)
	}
	both := outputs[0].String() + outputs[1].String()
	if !strings.Contains(both, "waiting") || !strings.Contains(both, "fetching it") {
		t.Errorf("progress was %q", both)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "fetch-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestACancelledFetchEndsMavenAndLeavesNothing(t *testing.T) {
	tools, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	tool(t, tools, "mvn", `case $1 in -version) echo "Apache Maven 3.8.7"; exit;; esac; sleep 60`)
	link(t, tools, "sh")
	link(t, tools, "sleep")
	t.Setenv("PATH", tools)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	started := time.Now()
	program, _ := Options{CacheDir: cache, Progress: io.Discard}.program()
	err := program.Fetch(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) > 30*time.Second {
		t.Errorf("after %v: %v", time.Since(started), err)
	}
	if program.Present() {
		t.Error("a fetch that was cut short looks complete")
	}
}

func needTools(t *testing.T) {
	t.Helper()
	if err := Missing(t.Context()); err != nil {
		skip.Because(t, "%v", err)
	}
}

// tool writes a shell script; an empty one is left out.
func tool(t *testing.T, folder, name, script string) {
	t.Helper()
	if script == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// link puts a real tool where the scripts find it.
func link(t *testing.T, folder, name string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s here", name)
	}
	if err := os.Symlink(path, filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
}
