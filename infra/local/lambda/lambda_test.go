package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/local/lambda/lambdatest"
	"foyer/infra/topology"
)

// newEcho is Lambda with the one function echo, changed as the test needs it.
func newEcho(t *testing.T, opts Options, change func(*topology.Function)) *Service {
	t.Helper()
	f := topology.Function{Name: "echo", MemoryMB: 128, Timeout: 5 * time.Second}
	if change != nil {
		change(&f)
	}
	opts.Binaries = lambdatest.Binaries(t)
	l, err := New([]topology.Function{f}, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func invoke(t *testing.T, l *Service, event string) (string, string) {
	t.Helper()
	result, functionError, err := l.Invoke(context.Background(), "echo", []byte(event))
	if err != nil {
		t.Fatalf("invoke %s: %v", event, err)
	}
	return string(result), functionError
}

func TestLambdaAnswers(t *testing.T) {
	l := newEcho(t, Options{}, nil)
	for _, c := range []struct{ event, want, functionError, errorType string }{
		{event: `{"a":1}`, want: `{"a":1}`},
		{event: `{"do":"error"}`, functionError: "Unhandled", errorType: "errorString"},
		{event: `{"do":"panic"}`, functionError: "Unhandled", errorType: "string"},
		{event: `{"do":"exit","ms":3}`, functionError: "Unhandled", errorType: "Runtime.ExitError"},
		{event: `{"a":2}`, want: `{"a":2}`},
	} {
		result, functionError := invoke(t, l, c.event)
		if functionError != c.functionError {
			t.Errorf("%s: function error %q, want %q", c.event, functionError, c.functionError)
		}
		if c.want != "" && result != c.want {
			t.Errorf("%s: %s, want %s", c.event, result, c.want)
		}
		if !strings.Contains(result, c.errorType) {
			t.Errorf("%s: %s, want error type %s", c.event, result, c.errorType)
		}
	}
	if s := l.Stats()["echo"]; s.Invocations != 5 || s.Errors != 3 || s.ColdStarts != 3 {
		t.Errorf("stats %+v, want 5 invocations, 3 errors, 3 cold starts (2 of them after deaths)", s)
	}
	if _, _, err := l.Invoke(context.Background(), "nobody", nil); err == nil {
		t.Error("a function that doesn't exist was invoked")
	}
}

func TestLambdaTellsTheFunctionWhatAWSTells(t *testing.T) {
	l := newEcho(t, Options{Env: func(topology.Function) []string { return []string{"ZONES_TABLE=zones"} }}, nil)
	result, _ := invoke(t, l, `{"do":"context"}`)
	var got struct {
		ID, ARN, Name string
		Left          int
		Memory        int
	}
	json.Unmarshal([]byte(result), &got)
	if len(got.ID) != 36 || got.ARN != "arn:aws:lambda:us-east-1:123456789012:function:echo" || got.Name != "echo" ||
		got.Memory != 128 {
		t.Errorf("context %s", result)
	}
	if got.Left < 4000 || got.Left > 5000 {
		t.Errorf("%d ms left of 5 s", got.Left)
	}
	result, _ = invoke(t, l, `{"do":"env"}`)
	for _, want := range []string{`"ZONES_TABLE=zones"`, `"AWS_REGION=us-east-1"`, `"TZ=:UTC"`} {
		if !strings.Contains(result, want) {
			t.Errorf("environment %s lacks %s", result, want)
		}
	}
	if strings.Contains(result, "HOME=") {
		t.Error("the environment holds what Lambda wouldn't set")
	}
}

func TestLambdaRunsAsManyAtOnceAsNeeded(t *testing.T) {
	l := newEcho(t, Options{Limit: 3}, nil)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { invoke(t, l, `{"ms":100}`) })
	}
	all.Wait()
	if s := l.Stats()["echo"]; s.MaxConcurrent != 3 || s.ColdStarts != 3 {
		t.Errorf("%d at once, %d cold starts, want 3 and 3", s.MaxConcurrent, s.ColdStarts)
	}
}

func TestLambdaThrottlesAtReservedConcurrency(t *testing.T) {
	l := newEcho(t, Options{}, func(f *topology.Function) { f.ReservedConcurrency = 1 })
	begun := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { close(begun); invoke(t, l, `{"ms":300}`) })
	<-begun
	time.Sleep(100 * time.Millisecond)
	if _, _, err := l.Invoke(context.Background(), "echo", nil); !errors.Is(err, aws.ErrThrottled) {
		t.Errorf("second invocation: %v, want %v", err, aws.ErrThrottled)
	}
	all.Wait()
	if s := l.Stats()["echo"]; s.Throttles != 1 || s.Invocations != 1 {
		t.Errorf("stats %+v, want one of each", s)
	}
}

func TestLambdaTimeOutEndsTheProcess(t *testing.T) {
	l := newEcho(t, Options{}, func(f *topology.Function) { f.Timeout = 200 * time.Millisecond })
	before, _ := invoke(t, l, `{"do":"pid"}`)
	result, functionError := invoke(t, l, `{"ms":5000}`)
	if functionError == "" || !strings.Contains(result, "Task timed out after 0.20 seconds") {
		t.Errorf("%s %s, want a time-out", functionError, result)
	}
	after, _ := invoke(t, l, `{"do":"pid"}`)
	if before == after {
		t.Error("the process that timed out serves on")
	}
	waitGone(t, before)
}

// waitGone fails the test when the process still exists after a second.
func waitGone(t *testing.T, pid string) {
	t.Helper()
	var n int
	fmt.Sscan(pid, &n)
	for range 100 {
		if syscall.Kill(n, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %s is still there", pid)
}

func TestLambdaKills(t *testing.T) {
	l := newEcho(t, Options{}, nil)
	pid, _ := invoke(t, l, `{"do":"pid"}`)
	l.Kill("echo", KillNow)
	waitGone(t, pid)
	if again, functionError := invoke(t, l, `{"do":"pid"}`); again == pid || functionError != "" {
		t.Errorf("after an idle process was killed: %s %s", again, functionError)
	}

	l.Kill("echo", KillNext)
	if result, functionError := invoke(t, l, `{"ms":1000}`); functionError == "" ||
		!strings.Contains(result, "signal: killed") {
		t.Errorf("killed in the middle: %s %s", result, functionError)
	}

	file := filepath.Join(t.TempDir(), "done")
	l.Kill("echo", KillReply)
	if _, functionError := invoke(t, l, `{"do":"touch","name":"`+file+`"}`); functionError == "" {
		t.Error("killed before its answer was heard, and yet it was")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("its work was to be done before it was killed")
	}
	if _, functionError := invoke(t, l, `{}`); functionError != "" {
		t.Errorf("the invocation after: %s", functionError)
	}
	if err := l.Kill("echo", "someday"); err == nil {
		t.Error("an unknown moment was taken")
	}
}

func TestLambdaReportsFailingStarts(t *testing.T) {
	l := newEcho(t, Options{Env: func(topology.Function) []string { return []string{"ECHO_INIT=exit"} }}, nil)
	if result, functionError := invoke(t, l, `{}`); functionError != "Unhandled" ||
		!strings.Contains(result, "exit status 3") {
		t.Errorf("%s %s, want a failed start", functionError, result)
	}
	l = newEcho(t, Options{}, func(f *topology.Function) { f.Name = "unbuilt" })
	if _, _, err := l.Invoke(context.Background(), "unbuilt", nil); err == nil ||
		!strings.Contains(err.Error(), "unbuilt") {
		t.Errorf("a function without a binary: %v", err)
	}
}

func TestLambdaRetriesAsynchronousCalls(t *testing.T) {
	l := newEcho(t, Options{Backoff: time.Millisecond}, nil)
	l.InvokeAsync("echo", []byte(`{"do":"error"}`))
	for range 200 {
		if s := l.Stats()["echo"]; s.Errors == 3 {
			time.Sleep(50 * time.Millisecond)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if s := l.Stats()["echo"]; s.Invocations != 3 || s.Errors != 3 {
		t.Errorf("%+v, want the call and two retries", s)
	}
}

func TestLambdaEndsIdleProcesses(t *testing.T) {
	l := newEcho(t, Options{Idle: 50 * time.Millisecond}, nil)
	pid, _ := invoke(t, l, `{"do":"pid"}`)
	waitGone(t, pid)
}

func TestLambdaKeepsLogs(t *testing.T) {
	var logs bytes.Buffer
	l := newEcho(t, Options{Logs: &logs}, nil)
	invoke(t, l, `{"do":"nothing"}`)
	l.Close()
	if got := logs.String(); !strings.HasPrefix(got, "echo/") || !strings.HasSuffix(got, " doing nothing\n") {
		t.Errorf("log %q", got)
	}
}

// BenchmarkInvoke measures the way to a warm function and back.
func BenchmarkInvoke(b *testing.B) {
	l, err := New(
		[]topology.Function{{Name: "echo", MemoryMB: 128, Timeout: time.Second}},
		Options{Binaries: lambdatest.Binaries(b)},
	)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for b.Loop() {
		l.Invoke(context.Background(), "echo", []byte(`{}`))
	}
}

// BenchmarkColdStart measures an invocation that has to start its process.
func BenchmarkColdStart(b *testing.B) {
	l, err := New(
		[]topology.Function{{Name: "echo", MemoryMB: 128, Timeout: time.Second}},
		Options{Binaries: lambdatest.Binaries(b)},
	)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for b.Loop() {
		l.Invoke(context.Background(), "echo", []byte(`{"do":"exit"}`))
	}
}

// What is deployed runs from the next invocation on; who is at work finishes, and isn't used again.
func TestAnotherBuildIsDeployed(t *testing.T) {
	l := newEcho(t, Options{}, nil)
	invoke(t, l, `{"a":1}`)
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "echo"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "echo", "bootstrap"), []byte("#!/bin/sh\nexit 7\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	slow := make(chan string)
	go func() {
		result, _, _ := l.Invoke(context.Background(), "echo", []byte(`{"do":"sleep","ms":500,"a":2}`))
		slow <- string(result)
	}()
	for l.Stats()["echo"].Concurrent == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := l.Deploy("echo", other); err != nil {
		t.Fatal(err)
	}
	if _, functionError := invoke(t, l, `{"a":3}`); functionError == "" {
		t.Error("the build before still runs")
	}
	if got := <-slow; !strings.Contains(got, `"a":2`) {
		t.Errorf("who was at work answers %s", got)
	}
	if err := l.Deploy("echo", lambdatest.Binaries(t)); err != nil {
		t.Fatal(err)
	}
	if result, _ := invoke(t, l, `{"a":4}`); result != `{"a":4}` {
		t.Errorf("deployed back, it answers %s", result)
	}
	if l.Deploy("none", other) == nil {
		t.Error("a function that there isn't is deployed")
	}
}
