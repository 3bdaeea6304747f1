package main

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"foyer/infra/bundle"
	"foyer/infra/topology"
)

// zipBudget is one function's package, MB.
const zipBudget = 8.0

// lambdaZips builds every function as it is deployed and packs it. A smoke test doesn't: a build for another
// machine compiles everything anew.
func lambdaZips(ctx context.Context, e *Env) ([]Row, error) {
	if e.quick {
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
		if err := bundle.Function(e.root, f.Name, file, "arm64"); err != nil {
			return nil, err
		}
		size, err := zipped(file)
		if err != nil {
			return nil, err
		}
		largest = max(largest, size)
		sizes = append(sizes, fmt.Sprintf("%s %.2f", f.Name, size))
	}
	return []Row{atMost("largest function, arm64, zip", zipBudget, largest, " MB").with("%s", strings.Join(sizes, ", "))}, nil
}

// zipped is the size of a file in a zip of its own, MB.
func zipped(file string) (float64, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var size counter
	z := zip.NewWriter(&size)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	entry, err := z.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(entry, in)
	}
	if err == nil {
		err = z.Close()
	}
	return float64(size) / 1e6, err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
