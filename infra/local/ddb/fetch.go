package ddb

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"foyer/infra/local/child"
)

//go:embed pom.xml
var pom []byte

// progressEvery is how many files are fetched between two lines of progress.
const progressEvery = 25

// locate fills in where the program is kept.
func (o *Options) locate() error {
	if o.CacheDir != "" {
		return nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("no cache folder for DynamoDB Local: set HOME or XDG_CACHE_HOME (%w)", err)
	}
	o.CacheDir = filepath.Join(cache, "foyer", "dynamodb-local-"+Version)
	return nil
}

// lib is the folder of the program's jars. It is there when all of them are.
func (o *Options) lib() string { return filepath.Join(o.CacheDir, "lib") }

// fetch gives the folder with the program's jars, having Maven fetch them where they were never fetched. Of several
// processes one fetches and the others wait. A fetch that was cut short leaves nothing that could be mistaken for
// the program.
func fetch(ctx context.Context, o *Options) (lib string, err error) {
	if err := o.locate(); err != nil {
		return "", err
	}
	lib = o.lib()
	if present(lib) {
		return lib, nil
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", diskError(o.CacheDir, err)
	}
	unlock, err := child.Lock(ctx, filepath.Join(o.CacheDir, "lock"), func() {
		fmt.Fprintln(o.Progress, "DynamoDB Local: another process is fetching it; waiting")
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if present(lib) {
		return lib, nil
	}
	sweep(o.CacheDir)
	return lib, download(ctx, o, lib)
}

func present(lib string) bool {
	_, err := os.Stat(lib)
	return err == nil
}

// sweep removes what fetches that were killed have left. The caller holds the lock.
func sweep(cache string) {
	left, _ := filepath.Glob(filepath.Join(cache, "fetch-*"))
	for _, folder := range left {
		_ = os.RemoveAll(folder)
	}
}

// download has Maven fetch the jars beside lib and puts them in place in one step.
func download(ctx context.Context, o *Options, lib string) error {
	maven, err := findMaven(ctx)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(o.CacheDir, "fetch-")
	if err != nil {
		return diskError(o.CacheDir, err)
	}
	defer os.RemoveAll(work)
	file, fresh := filepath.Join(work, "pom.xml"), filepath.Join(work, "lib")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return diskError(work, err)
	}
	fmt.Fprintf(o.Progress, "DynamoDB Local: fetching version %s by Maven, once (40 MB)\n", Version)
	started := time.Now()
	if err := runMaven(ctx, o.Progress, maven, "-B", "-f", file, "-Dfoyer.lib="+fresh, "dependency:copy-dependencies"); err != nil {
		return err
	}
	if err := os.Rename(fresh, lib); err != nil {
		return diskError(lib, err)
	}
	fmt.Fprintf(o.Progress, "DynamoDB Local: fetched in %d s\n", int(time.Since(started).Seconds()+0.5))
	return nil
}

// runMaven runs Maven to its end, with a line of progress now and then.
func runMaven(ctx context.Context, progress io.Writer, maven string, args ...string) error {
	cmd, output, done := exec.Command(maven, args...), &child.Tail{}, make(chan struct{})
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = io.MultiWriter(output, writer), output
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		count(reader, progress)
	}()
	err := child.Start(cmd, done)
	if err == nil {
		select {
		case <-done:
		case <-ctx.Done():
			child.Stop(cmd, done, syscall.SIGTERM, stopWithin)
		}
	}
	writer.Close()
	<-counted
	switch {
	case err != nil:
		return fmt.Errorf("can't start %s: %w", maven, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case !cmd.ProcessState.Success():
		return fmt.Errorf("can't fetch DynamoDB Local: %s", explain(output.String(), cmd.ProcessState.String()))
	}
	return nil
}

// count says now and then how many files Maven has fetched.
func count(lines io.Reader, progress io.Writer) {
	fetched := 0
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		if !strings.Contains(scanner.Text(), "Downloaded from") {
			continue
		}
		if fetched++; fetched%progressEvery == 0 {
			fmt.Fprintf(progress, "DynamoDB Local: %d files\n", fetched)
		}
	}
	_, _ = io.Copy(io.Discard, lines) // a line too long to scan must not block Maven
}

// diskError says what to do about a folder that can't be written.
func diskError(where string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full: free 200 MB for %s and try again", where)
	}
	return fmt.Errorf("can't write %s: %w", where, err)
}
