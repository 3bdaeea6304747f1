package pg

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// home is the folder that one server keeps its data in. A lock, held as long as its owner's process lives, tells
// later ones that it is in use.
type home struct {
	folder string
	who    *identity
	lock   *os.File
}

func (h *home) data() string { return filepath.Join(h.folder, "data") }

// newHome makes a folder, and removes those that killed processes left behind.
func newHome(who *identity) (*home, error) {
	sweep()
	folder, err := os.MkdirTemp("", "foyer-pg-")
	if err != nil {
		return nil, fmt.Errorf("can't keep PostgreSQL's data: %w", err)
	}
	h := &home{folder: folder, who: who}
	if h.lock, err = os.Create(filepath.Join(folder, "lock")); err == nil {
		err = syscall.Flock(int(h.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		err = who.own(folder)
	}
	if err != nil {
		h.remove()
		return nil, fmt.Errorf("can't keep PostgreSQL's data in %s: %w", folder, err)
	}
	return h, nil
}

// write makes a file that the server's user alone can read.
func (h *home) write(file, text string) error {
	err := os.WriteFile(file, []byte(text), 0o600)
	if err == nil {
		err = h.who.own(file)
	}
	return err
}

func (h *home) remove() {
	_ = os.RemoveAll(h.folder)
	if h.lock != nil {
		h.lock.Close()
	}
}

// sweep removes folders whose owners are gone.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "foyer-pg-*"))
	for _, folder := range left {
		lock, err := os.Open(filepath.Join(folder, "lock"))
		if err != nil {
			continue // another user's, or one just being made
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(folder)
		}
		lock.Close()
	}
}
