// Package bundle builds what the CDK app deploys: the functions' binaries, the static pages and the edge function.
// The same sources give the same bytes, so that an unchanged deployment has nothing to diff.
package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"foyer/infra/edge"
	"foyer/infra/site"
	"foyer/infra/topology"
)

// Functions builds every function of the topology for Lambda into out/<name>/bootstrap. root is the module's folder.
func Functions(root, out string) error {
	for _, f := range topology.Functions {
		if err := Function(root, f.Name, filepath.Join(out, f.Name, "bootstrap"), "arm64"); err != nil {
			return err
		}
	}
	return nil
}

// Function builds one function for Lambda on the given architecture.
func Function(root, name, file, arch string) error {
	return Build(context.Background(), root, "functions/"+name, file, "GOOS=linux", "GOARCH="+arch)
}

// Build builds a command of the module at root as functions are deployed, with more environment for the Go tool:
// static, without symbols, and without what only Lambda's retired Go runtime needed.
func Build(ctx context.Context, root, command, file string, env ...string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w", "-o", file, "./"+command)
	cmd.Dir = root
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", command, err, bytes.TrimSpace(text))
	}
	return nil
}

// Root returns the module's root: the nearest folder with a go.mod, from the working directory upward.
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

// Pages writes the static pages into out, in place of what was there.
func Pages(out string) error {
	pages, err := site.Build()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	for name, content := range pages {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// EdgeOptions are a deployment's choices for the edge functions.
type EdgeOptions = edge.Options

// Edge returns the edge functions' text.
func Edge(o EdgeOptions) (edge.Code, error) {
	o.DefaultZone = topology.DefaultZone
	return edge.Build(o)
}

// Back returns the text of the function for the way back, for a site that redirects to that host and path, and for the
// sites behind the other hosts.
func Back(host, path string, others map[string][2]string) (string, error) {
	return edge.BuildBack(host, path, others)
}
