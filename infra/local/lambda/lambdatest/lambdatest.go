// Package lambdatest builds the function echo, which does what its event says, for tests of the local cloud.
package lambdatest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// build builds them for this machine, as real ones are.
var build = sync.OnceValues(func() (string, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	root := string(module[:len(module)-1])
	binaries := filepath.Join(root, ".build", "local", "testdata")
	file := filepath.Join(binaries, "echo", "bootstrap")
	fresh := fmt.Sprintf("%s-%d", file, os.Getpid()) // other packages' tests may run the file meanwhile
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", fresh, "./infra/local/lambda/lambdatest/echo")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build echo: %w\n%s", err, out)
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
