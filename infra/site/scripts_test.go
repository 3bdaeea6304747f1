package site

import (
	"os/exec"
	"testing"

	"foyer/internal/testkit/skip"
)

// The scripts' own tests: parts one by one, and the waiting room's conduct over whole evenings of virtual time.
func TestScripts(t *testing.T) {
	skip.Need(t, "node", "apt-get install nodejs (20 or newer)")
	out, err := exec.Command("node", "--import", "./test/texts.js", "--test", "test/").CombinedOutput()
	if err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}
