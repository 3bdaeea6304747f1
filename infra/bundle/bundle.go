// Package bundle builds what the CDK app deploys: the functions' binaries, the static pages and the edge function.
// The same sources give the same bytes, so that an unchanged deployment has nothing to diff.
package bundle

import (
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

// Function builds one function for Linux on the given architecture: static, without symbols, and without what only
// Lambda's retired Go runtime needed.
func Function(root, name, file, arch string) error {
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
		"-o", file, "./functions/"+name)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building functions/%s: %w\n%s", name, err, text)
	}
	return nil
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

// Gate returns the edge function's text.
func Gate() (string, error) { return edge.Build(edge.Options{DefaultZone: topology.DefaultZone}) }
