// Package skip lets a test do without a tool that a machine may lack, and say so. A machine that should be complete
// refuses to skip anything.
package skip

import (
	"os"
	"os/exec"
)

// Never is the environment variable that turns every skip into a failure when it is "1": set where all tools are
// expected, so that no test is skipped unseen.
const Never = "FOYER_NO_SKIP"

// T is what Need wants of a *testing.T.
type T interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Need skips the test when tool is not on PATH, naming the remedy, a command that installs it.
func Need(t T, tool, remedy string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	Because(t, "%s is missing: %s", tool, remedy)
}

// Because skips the test for the reason given, or fails it where nothing may be skipped.
func Because(t T, format string, args ...any) {
	t.Helper()
	if os.Getenv(Never) == "1" {
		t.Fatalf(format, args...)
		return
	}
	t.Skipf(format, args...)
}
