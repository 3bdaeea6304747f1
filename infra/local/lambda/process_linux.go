package lambda

import (
	"os/exec"
	"syscall"
)

// alone puts a process into a group of its own, out of reach of the terminal's Ctrl-C, and has the kernel kill it
// when this process ends in whatever way.
func alone() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup ends a process and whatever it started. Ending one that has ended is no error.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
