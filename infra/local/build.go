package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/infra/topology"
)

// Binaries is the folder of built functions, below the module's root.
const Binaries = ".build/local"

// Root is the module's root: the nearest folder with a go.mod, from the working directory upward.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod here or above: run this inside a clone of Foyer")
		}
	}
}

// Build builds every function as it is deployed, but for this machine, to .build/local/<name>/bootstrap. What Go's build
// cache has isn't built again.
func Build(ctx context.Context, root string, functions []topology.Function, progress io.Writer) error {
	begin := time.Now()
	fmt.Fprintf(progress, "building %d functions\n", len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, f := range functions {
		group.Go(func() error { return buildFunction(ctx, root, f.Name) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(progress, "built in %.1f s\n", time.Since(begin).Seconds())
	return nil
}

func buildFunction(ctx context.Context, root, name string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
		"-o", filepath.Join(Binaries, name, "bootstrap"), "./functions/"+name)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build function %s: %w\n%s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}
