package skip

import (
	"fmt"
	"testing"
)

// fake records a call; a real test would stop there.
type fake struct{ said string }

func (f *fake) Helper()                      {}
func (f *fake) Skipf(form string, a ...any)  { f.said += "skip: " + fmt.Sprintf(form, a...) }
func (f *fake) Fatalf(form string, a ...any) { f.said += "fail: " + fmt.Sprintf(form, a...) }

func TestNeed(t *testing.T) {
	for _, c := range []struct{ name, never, tool, want string }{
		{"there", "", "go", ""},
		{"there, nothing may be skipped", "1", "go", ""},
		{"missing", "", "no-such-tool", "skip: no-such-tool is missing: buy one"},
		{"missing, nothing may be skipped", "1", "no-such-tool", "fail: no-such-tool is missing: buy one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(Never, c.never)
			f := &fake{}
			if Need(f, c.tool, "buy one"); f.said != c.want {
				t.Errorf("said %q, want %q", f.said, c.want)
			}
		})
	}
}
