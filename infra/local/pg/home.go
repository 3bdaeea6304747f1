package pg

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gofrs/flock"
)

// home is the folder that one server keeps its data in. A lock, held as long as its owner's process lives, shows
// later ones that it is in use.
type home struct {
	folder string
	who    *identity
	lock   *flock.Flock
}

func (h *home) data() string { return filepath.Join(h.folder, "data") }

// newHome makes a folder, and removes those that killed processes left behind.
func newHome(who *identity) (*home, error) {
	sweep()
	folder, err := os.MkdirTemp("", "foyer-pg-")
	if err != nil {
		return nil, fmt.Errorf("can't keep PostgreSQL's data: %w", err)
	}
	h := &home{folder: folder, who: who, lock: flock.New(filepath.Join(folder, "lock"))}
	if _, err = h.lock.TryLock(); err == nil {
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

// command returns a command that runs in the folder as the server's user. It keeps out the settings of another
// PostgreSQL and this machine's language.
func (h *home) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.SysProcAttr = h.folder, h.who.attributes()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	return cmd
}

func (h *home) remove() {
	_ = os.RemoveAll(h.folder)
	h.lock.Close()
}

// sweep removes folders whose owners are gone.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "foyer-pg-*"))
	for _, folder := range left {
		// Without O_CREATE: a folder without a lock is another user's, or just being made.
		lock := flock.New(filepath.Join(folder, "lock"), flock.SetFlag(os.O_RDONLY))
		if free, err := lock.TryLock(); err == nil && free {
			_ = os.RemoveAll(folder)
		}
		lock.Close()
	}
}
