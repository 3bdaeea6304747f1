// Package child runs the programs that the local cloud and tests need beside them: databases above all. A program ends
// when its parent ends, however that happens, and its children with it.
package child

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Start starts cmd in a process group of its own, so that an interrupt typed at the terminal reaches us alone and
// we end it in order. done is closed when it has ended. The kernel's promise to kill it when its parent dies holds
// for the parent's thread, so that thread is kept until the end. What cmd.SysProcAttr says else holds, such as whom it runs as.
func Start(cmd *exec.Cmd, done chan struct{}) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	tie(cmd.SysProcAttr)
	cmd.WaitDelay = time.Second
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
		}
		close(done)
	}()
	return <-started
}

// Stop asks the process and its children to end by the signal, makes them when they don't within patience, and waits.
func Stop(cmd *exec.Cmd, done <-chan struct{}, signal syscall.Signal, patience time.Duration) {
	group := -cmd.Process.Pid
	_ = syscall.Kill(group, signal)
	select {
	case <-done:
	case <-time.After(patience):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-done
	}
}
