package cold

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"foyer/infra/bundle"
	"foyer/infra/test/bench/measure"
	"foyer/infra/topology"
)

// LambdaZips builds every function as it is deployed and packs it. A smoke test doesn't: a build for another
// machine compiles everything anew.
func LambdaZips(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	if e.Quick {
		return nil, fmt.Errorf("left out of a smoke test")
	}
	dir, err := os.MkdirTemp("", "foyer-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	largest, sizes := 0.0, []string(nil)
	for _, f := range topology.Functions {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		file := filepath.Join(dir, f.Name, "bootstrap")
		if err := bundle.Function(e.Root, f.Name, file, "arm64"); err != nil {
			return nil, err
		}
		size, err := bundle.Packed(file)
		if err != nil {
			return nil, err
		}
		largest = max(largest, size)
		sizes = append(sizes, fmt.Sprintf("%s %.2f", f.Name, size))
	}
	return []measure.Row{measure.AtMost("largest function, arm64, zip", bundle.PackageLimit, largest, " MB").With("%s",
		strings.Join(sizes, ", "))}, nil
}
