package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// Tool is a program that this machine must have.
type Tool struct {
	Name    string // for people
	Command string // its name on PATH, or its path
	Version string // a pattern whose group is the major version, in what it prints when called with -version
	Oldest  int    // the oldest major version that will do
	Remedy  string // what to do where it is missing or too old
}

// Find returns the tool's path. An error is one line that ends with the remedy.
func (t Tool) Find(ctx context.Context) (string, error) {
	path, err := exec.LookPath(t.Command)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: %s", t.Name, t.Remedy)
	}
	if err != nil {
		return "", fmt.Errorf("%s can't be used (%w): %s", t.Name, err, t.Remedy)
	}
	output, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	found := regexp.MustCompile(t.Version).FindSubmatch(output)
	if err != nil || found == nil {
		return "", fmt.Errorf("%s prints no version (%s): %s", path, reason(string(output)), t.Remedy)
	}
	if major, _ := strconv.Atoi(string(found[1])); major < t.Oldest {
		return "", fmt.Errorf("%s %d is too old: %s", t.Name, major, t.Remedy)
	}
	return path, nil
}
