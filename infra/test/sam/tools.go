package sam

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"foyer/infra/local/ddb"
)

// tools are the programs that have to be on PATH, with the command that installs each.
var tools = []struct{ name, remedy string }{
	{Program, "pip install aws-sam-cli==1.170.0, in a virtual environment of its own"},
	{"docker", "apt-get install docker.io"},
	{"busybox", "apt-get install busybox-static"},
}

// Missing says what NewWorld and SAM would miss, with the remedy, in one line; nil when all is there.
func Missing(ctx context.Context) error {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool.name); err != nil {
			return fmt.Errorf("%s is missing: %s", tool.name, tool.remedy)
		}
	}
	if text, err := exec.CommandContext(ctx, "docker", "version").CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		return fmt.Errorf("docker's daemon does not answer: start it, or set DOCKER_HOST (%s)", lines[len(lines)-1])
	}
	return ddb.Missing(ctx)
}
