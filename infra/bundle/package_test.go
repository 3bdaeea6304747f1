package bundle_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"foyer/infra/bundle"
	"foyer/infra/topology"
)

// For this machine's processor, since that is compiled anyway; for the other it differs by a few percent.
func TestEveryFunctionsPackageIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("links every function")
	}
	dir := t.TempDir()
	for _, f := range topology.Functions {
		file := filepath.Join(dir, f.Name, "bootstrap")
		if err := bundle.Function("../..", f.Name, file, runtime.GOARCH); err != nil {
			t.Fatal(err)
		}
		size, err := bundle.Packed(file)
		if err != nil {
			t.Fatal(err)
		}
		if size < 1 || size > bundle.PackageLimit {
			t.Errorf("%s: %.2f MB, at most %.0f", f.Name, size, bundle.PackageLimit)
		}
	}
}
