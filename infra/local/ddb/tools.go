package ddb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"foyer/infra/local/child"
)

// The oldest versions that do.
const (
	javaMajor  = 17
	mavenMajor = 3
)

var (
	javaVersion  = regexp.MustCompile(`version "(\d+)`)
	mavenVersion = regexp.MustCompile(`Apache Maven (\d+)`)
)

// findJava is the path of a Java that is new enough: JAVA_HOME's, or else the first on PATH.
func findJava(ctx context.Context) (string, error) {
	remedy := fmt.Sprintf("install Java %d or later (apt-get install openjdk-17-jre-headless), or set %s to a DynamoDB Local that runs already", javaMajor, EndpointEnv)
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	return find(ctx, java, "Java", "-version", javaVersion, javaMajor, remedy)
}

// findMaven is the path of a Maven that is new enough.
func findMaven(ctx context.Context) (string, error) {
	remedy := fmt.Sprintf("install Maven %d or later (apt-get install maven), which fetches DynamoDB Local once", mavenMajor)
	return find(ctx, "mvn", "Maven", "-version", mavenVersion, mavenMajor, remedy)
}

func find(ctx context.Context, command, name, flag string, pattern *regexp.Regexp, oldest int, remedy string) (string, error) {
	path, err := exec.LookPath(command)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: %s", name, remedy)
	}
	if err != nil {
		return "", fmt.Errorf("%s can't be used (%w): %s", name, err, remedy)
	}
	output, err := exec.CommandContext(ctx, path, flag).CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	found := pattern.FindSubmatch(output)
	if err != nil || found == nil {
		return "", fmt.Errorf("%s does not tell its version (%s): %s", path, child.First(string(output)), remedy)
	}
	if major, _ := strconv.Atoi(string(found[1])); major < oldest {
		return "", fmt.Errorf("%s %d is too old: %s", name, major, remedy)
	}
	return path, nil
}
