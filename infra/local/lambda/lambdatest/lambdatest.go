// Package lambdatest builds the function echo, which does what its event says, for tests of the local cloud.
package lambdatest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"foyer/infra/bundle"
)

// build builds them for this machine, as real ones are.
var build = sync.OnceValues(func() (string, error) {
	root, err := bundle.Root()
	if err != nil {
		return "", err
	}
	binaries := filepath.Join(root, ".build", "local", "testdata")
	file := filepath.Join(binaries, "echo", "bootstrap")
	fresh := fmt.Sprintf("%s-%d", file, os.Getpid()) // other packages' tests may run the file meanwhile
	if err := bundle.Build(context.Background(), root, "infra/local/lambda/lambdatest/echo", fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, file); err != nil {
		return "", err
	}
	return binaries, nil
})

// Binaries returns the folder of the built functions, as lambda.Options wants it. They are built once in a process.
func Binaries(t testing.TB) string {
	t.Helper()
	binaries, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binaries
}
