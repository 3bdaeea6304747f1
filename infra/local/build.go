package local

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/infra/bundle"
	"foyer/infra/topology"
)

// Binaries is the folder of the built functions, below the module's root.
const Binaries = ".build/local"

// Build builds every function as it is deployed, but for this machine, to .build/local/<name>/bootstrap. Go's build
// cache spares it what was built before.
func Build(ctx context.Context, root string, functions []topology.Function, progress io.Writer) error {
	begin := time.Now()
	fmt.Fprintf(progress, "building %d functions\n", len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, f := range functions {
		group.Go(func() error {
			return bundle.Build(ctx, root, "functions/"+f.Name, filepath.Join(root, Binaries, f.Name, "bootstrap"))
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(progress, "built in %.1f s\n", time.Since(begin).Seconds())
	return nil
}
