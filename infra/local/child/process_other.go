//go:build !linux

package child

import "syscall"

// tie puts the child into a process group of its own. Other systems can't tie a child's life to its parent's: a killed
// parent leaves it running.
func tie(a *syscall.SysProcAttr) { a.Setpgid = true }
