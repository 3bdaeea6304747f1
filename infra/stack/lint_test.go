package stack_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"foyer/internal/testkit/skip"
)

// passedOver are cfn-lint's rules that are left out: CDK states dependencies that a reference implies already.
const passedOver = "W3005"

func TestTheLinterFindsNothing(t *testing.T) {
	skip.Need(t, "cfn-lint", "pip install cfn-lint==1.51.0")
	file := filepath.Join(t.TempDir(), "foyer.template.json")
	if err := write(file, string(pretty(t, app(t).template))); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("cfn-lint", "-i", passedOver, "-r", "us-east-1", "--",
		file).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, text)
	}
}
