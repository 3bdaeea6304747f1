//go:build unix && !linux

package lambda

import (
	"os/exec"
	"syscall"
)

// alone puts a process into a group of its own, out of reach of the terminal's Ctrl-C.
func alone() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and whatever it started. Ending one that has ended is no error.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
