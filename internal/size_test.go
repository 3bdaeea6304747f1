package internal_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packageLines is how long a package of the product may be; a longer one is two.
const packageLines = 2100

// TestNoPackageIsTooLong counts the lines outside tests, but for what only tests and tools use.
func TestNoPackageIsTooLong(t *testing.T) {
	lines := map[string]int{}
	for _, top := range []string{"../functions", "../infra", "../internal"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			slashed := filepath.ToSlash(path)
			if entry != nil && entry.IsDir() && (slashed == "../infra/test" || slashed == "../internal/testkit") {
				return filepath.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			lines[filepath.Dir(path)] += bytes.Count(text, []byte("\n"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(lines) < 50 {
		t.Fatalf("%d packages found", len(lines))
	}
	for folder, n := range lines {
		if n > packageLines {
			t.Errorf("%s has %d lines, more than %d: part it", folder, n, packageLines)
		}
	}
}
