// Package maven fetches programs that the local cloud runs into a cache folder, once. It has Maven do so, which knows
// this machine's mirrors and proxies.
package maven

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"foyer/infra/local/child"
)

// Program is a program to fetch.
type Program struct {
	Name     string                             // for people, with its version
	Size     string                             // of what is fetched, for people
	Folder   string                             // where it is kept; it exists when the program is complete
	Goal     []string                           // what Maven is asked for; its property outputDirectory is set here
	Pom      []byte                             // the project that Maven works on; nil: the goal needs none
	Unpack   func(fetched, folder string) error // makes the program of what was fetched; nil: it is the program
	Progress io.Writer
}

// Present reports whether the program has been fetched.
func (p *Program) Present() bool {
	_, err := os.Stat(p.Folder)
	return err == nil
}

// Find returns Maven's path.
func Find(ctx context.Context) (string, error) {
	return child.Tool{
		Name: "Maven", Command: "mvn", Version: `Apache Maven (\d+)`, Oldest: 3,
		Remedy: "install Maven 3 or later (apt-get install maven), which fetches the databases once",
	}.Find(ctx)
}

// Fetch fetches the program where that was never done. Of several processes one fetches and the others wait. A fetch
// that was cut short leaves nothing that could be mistaken for the program.
func (p *Program) Fetch(ctx context.Context) error {
	if p.Present() {
		return nil
	}
	cache := filepath.Dir(p.Folder)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return diskError(cache, err)
	}
	lock := flock.New(filepath.Join(cache, "lock"))
	defer lock.Close()
	locked, err := lock.TryLock()
	if err == nil && !locked {
		fmt.Fprintf(p.Progress, "%s: another process is fetching it; waiting\n", p.Name)
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("can't lock %s: %w", cache, err)
	}
	if p.Present() {
		return nil
	}
	left, _ := filepath.Glob(filepath.Join(cache, "fetch-*")) // by fetches that were killed
	for _, folder := range left {
		_ = os.RemoveAll(folder)
	}
	return p.download(ctx, cache)
}

// download has Maven fetch into a folder beside the program's, and puts the program in place in one step.
func (p *Program) download(ctx context.Context, cache string) error {
	maven, err := Find(ctx)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return diskError(cache, err)
	}
	defer os.RemoveAll(work)
	fetched := filepath.Join(work, "fetched")
	args := append([]string{"-B", "-DoutputDirectory=" + fetched}, p.Goal...)
	if p.Pom != nil {
		pom := filepath.Join(work, "pom.xml")
		if err := os.WriteFile(pom, p.Pom, 0o644); err != nil {
			return diskError(work, err)
		}
		args = append(args, "-f", pom)
	}
	fmt.Fprintf(p.Progress, "%s: fetching it by Maven, once (%s)\n", p.Name, p.Size)
	begin := time.Now()
	if err := child.Run(ctx, exec.Command(maven, args...)); err != nil {
		return p.explain(ctx, err)
	}
	program := fetched
	if p.Unpack != nil {
		program = filepath.Join(work, "program")
		if err := p.Unpack(fetched, program); err != nil {
			return diskError(work, err)
		}
	}
	if err := os.Rename(program, p.Folder); err != nil {
		return diskError(p.Folder, err)
	}
	fmt.Fprintf(p.Progress, "%s: fetched in %.0f s\n", p.Name, time.Since(begin).Seconds())
	return nil
}

// explain says what to do about Maven's failure where that is known.
func (p *Program) explain(ctx context.Context, err error) error {
	lower := strings.ToLower(err.Error())
	switch {
	case ctx.Err() != nil:
		return err
	case strings.Contains(lower, "unknown host") || strings.Contains(lower, "could not transfer artifact"):
		return fmt.Errorf("can't fetch %s: Maven can't reach its repository: "+
			"check the network, a proxy or a mirror in ~/.m2/settings.xml; %w", p.Name, err)
	}
	return fmt.Errorf("can't fetch %s: %w", p.Name, err)
}

// diskError says what to do about a folder that can't be written.
func diskError(where string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full: free 200 MB for %s and try again", where)
	}
	return fmt.Errorf("can't write %s: %w", where, err)
}
