package pg

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// identity is the user that PostgreSQL runs as; nil: the user of this process.
type identity struct{ uid, gid uint32 }

// runAs returns nil for an ordinary user. For root it returns a user without rights: the system's own for PostgreSQL
// where it has one, or else nobody.
func runAs() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &identity{uint32(uid), uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user nobody: " +
		"run as an ordinary user, or set " + URLEnv + " to a PostgreSQL that runs already")
}

func (w *identity) attributes() *syscall.SysProcAttr {
	if w == nil {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: w.uid, Gid: w.gid, Groups: []uint32{}}}
}

// own hands a file or folder over to the user.
func (w *identity) own(path string) error {
	if w == nil {
		return nil
	}
	return os.Chown(path, int(w.uid), int(w.gid))
}
