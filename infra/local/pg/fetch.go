package pg

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"

	"foyer/infra/local/child"
)

// Version is the version of PostgreSQL that is fetched: the major version that Aurora DSQL speaks.
const Version = string(embedded.V16)

// locate fills in where the program is kept. Root keeps it where the user without rights can read it.
func (o *Options) locate(who *identity) error {
	if o.CacheDir != "" {
		return nil
	}
	cache, err := "/var/cache", error(nil)
	if who == nil {
		cache, err = os.UserCacheDir()
	}
	if err != nil {
		return fmt.Errorf("no cache folder for PostgreSQL: set HOME or XDG_CACHE_HOME (%w)", err)
	}
	o.CacheDir = filepath.Join(cache, "foyer", "postgres-"+Version)
	return nil
}

// fetch gives the folder with bin and share, having fetched and unpacked it where that was never done. Of several
// processes one fetches and the others wait.
func fetch(ctx context.Context, o *Options, who *identity) (program string, err error) {
	if err := o.locate(who); err != nil {
		return "", err
	}
	program = filepath.Join(o.CacheDir, "program")
	if present(program) {
		return program, nil
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", fmt.Errorf("can't keep PostgreSQL: %w", err)
	}
	unlock, err := child.Lock(ctx, filepath.Join(o.CacheDir, "lock"), func() {
		fmt.Fprintln(o.Progress, "PostgreSQL: another process is fetching it; waiting")
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if present(program) {
		return program, nil
	}
	fmt.Fprintf(o.Progress, "PostgreSQL: fetching version %s, once (15 MB)\n", Version)
	started := time.Now()
	if err := unpack(ctx, o.CacheDir, program); err != nil {
		return "", err
	}
	fmt.Fprintf(o.Progress, "PostgreSQL: fetched in %d s\n", int(time.Since(started).Seconds()+0.5))
	return program, nil
}

func present(program string) bool {
	_, err := os.Stat(filepath.Join(program, "bin", "initdb"))
	return err == nil
}

// unpack has the library fetch and unpack. It does so only on the way to a start, with no way to say whom to run as:
// so it is given a locale that doesn't exist, which ends it once the program is in place.
func unpack(ctx context.Context, cache, program string) error {
	work, err := os.MkdirTemp(cache, "work-")
	if err != nil {
		return fmt.Errorf("can't keep PostgreSQL: %w", err)
	}
	defer os.RemoveAll(work)
	port, err := freePort()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		ended <- embedded.NewDatabase(embedded.DefaultConfig().Version(embedded.V16).Port(uint32(port)).Logger(io.Discard).
			CachePath(cache).RuntimePath(filepath.Join(work, "run")).BinariesPath(program).Locale("nowhere")).Start()
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !present(program) {
		return fmt.Errorf("can't fetch PostgreSQL: check the network or a proxy, or set %s to one that runs already (%w)", URLEnv, err)
	}
	return nil
}
