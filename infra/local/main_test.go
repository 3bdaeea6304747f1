package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"foyer/internal/testkit/dynamotest"
)

// binaries holds the functions of testdata, built as real ones are.
var binaries string

func TestMain(m *testing.M) {
	if err := buildEcho(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	dynamotest.Main(m)
}

func buildEcho() error {
	root, err := Root()
	if err != nil {
		return err
	}
	binaries = filepath.Join(root, Binaries, "testdata")
	cmd := exec.Command(
		"go",
		"build",
		"-tags",
		"lambda.norpc",
		"-o",
		filepath.Join(binaries, "echo", "bootstrap"),
		"./testdata/echo",
	)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build echo: %w\n%s", err, out)
	}
	return nil
}
