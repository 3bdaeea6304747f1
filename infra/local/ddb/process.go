package ddb

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// start starts cmd in a process group of its own, so that an interrupt typed at the terminal reaches us alone and
// we end it in order. done is closed when it has ended. The kernel's promise to kill it when its parent dies holds
// for the parent's thread, so that thread is kept until the end.
func start(cmd *exec.Cmd, done chan struct{}) error {
	cmd.SysProcAttr, cmd.WaitDelay = attributes(), time.Second
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

// stop asks the process and its children to end, makes them when they don't within patience, and waits.
func stop(cmd *exec.Cmd, done <-chan struct{}, patience time.Duration) {
	group := -cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(patience):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-done
	}
}
