package child

import "syscall"

// tie puts the child into a process group of its own, and has the kernel kill it when its parent dies.
func tie(a *syscall.SysProcAttr) { a.Setpgid, a.Pdeathsig = true, syscall.SIGKILL }
