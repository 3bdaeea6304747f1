// Package child runs the programs that the local cloud and tests need beside them, such as databases and functions. A
// program ends when its parent ends, however that happens, and its children with it.
package child

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long Run lets a program end by itself once it is no longer wanted.
const patience = 5 * time.Second

// Process is a program that was started.
type Process struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended and was waited for
	stop   sync.Once
	output tail
}

// Start starts cmd in a process group of its own, so that an interrupt typed at the terminal doesn't reach it and its
// parent ends it in order. The kernel kills it when the thread that started it ends, so that thread is kept until
// then. Other fields of cmd.SysProcAttr, such as Credential, are kept. Where cmd has no writers for what it prints,
// the end of that is kept for error messages.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{})}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	tie(cmd.SysProcAttr)
	if cmd.Stdout == nil && cmd.Stderr == nil {
		cmd.Stdout, cmd.Stderr = &p.output, &p.output
	}
	cmd.WaitDelay = time.Second
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// Run runs cmd to its end and returns how it failed, in one line. When ctx ends first, so does the program.
func Run(ctx context.Context, cmd *exec.Cmd) error {
	p, err := Start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Stop(syscall.SIGTERM, patience)
		return ctx.Err()
	}
	if !cmd.ProcessState.Success() {
		return p.failure()
	}
	return nil
}

// PID returns the process's id, which is its group's as well.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns how the process has ended: nil for a success. It must be called after Done is closed.
func (p *Process) Err() error {
	if p.cmd.ProcessState.Success() {
		return nil
	}
	return errors.New(p.cmd.ProcessState.String())
}

// Kill ends the process and its children without warning, and doesn't wait for it. Killing one that has ended does
// nothing.
func (p *Process) Kill() { _ = syscall.Kill(-p.PID(), syscall.SIGKILL) }

// Stop asks the process and its children to end by the signal, kills them when they don't within patience, and waits.
// It may be called again.
func (p *Process) Stop(signal syscall.Signal, patience time.Duration) {
	p.stop.Do(func() {
		_ = syscall.Kill(-p.PID(), signal)
		select {
		case <-p.done:
		case <-time.After(patience):
			p.Kill()
		}
	})
	<-p.done
}

// Ready waits until the program answers: until answers returns nil. An error is one line.
func (p *Process) Ready(ctx context.Context, patience time.Duration, answers func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("time out"))
	defer cancel()
	for {
		err := answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("ended at once: %w", p.failure())
		case <-ctx.Done():
			return fmt.Errorf("did not answer: %w (%w)", context.Cause(ctx), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// failure says how the process ended, with the line of its output that says why, or what to do where that is known.
func (p *Process) failure() error {
	output, how := p.output.String(), p.cmd.ProcessState.String()
	if strings.Contains(strings.ToLower(output), "no space left on device") {
		return errors.New("the disk is full: free 200 MB and try again")
	}
	if line := reason(output); line != "" {
		return fmt.Errorf("%s (%s)", line, how)
	}
	return errors.New(how)
}

// FreePort returns a port of this machine that nobody listens on, for a program that can't choose one itself.
// Another program may take it first.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
