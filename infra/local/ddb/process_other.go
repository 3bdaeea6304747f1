//go:build !linux

package ddb

import "syscall"

// Other systems can't tie a child's life to its parent's: a killed parent leaves the database running.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
