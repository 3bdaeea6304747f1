package stack_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var queried = regexp.MustCompile(`SELECT [A-Z]+\((\w+)\) FROM`)

// Each metric of Foyer's own that an alarm looks at is recorded by a function's code. What measures AWS's, and what
// rings each alarm, infra/test/alarms says.
func TestEveryAlarmIsFed(t *testing.T) {
	code := ""
	for _, root := range []string{
		"../../internal/gateway", "../../internal/aws", "../../internal/boot", "../../functions",
	} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") &&
				!strings.HasSuffix(path, "aws/metrics/metrics.go") {
				text, err := os.ReadFile(path)
				code += string(text)
				return err
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		for _, found := range queried.FindAllStringSubmatch(render(alarm.props), -1) {
			if !strings.Contains(code, "metrics."+found[1]) {
				t.Errorf("%s looks at %s, which no function records", alarm.id, found[1])
			}
		}
	}
}
