package stack_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"foyer/infra/topology"
)

func runbook(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An operator woken by an alarm finds it in the runbook, by its name or by its kind.
func TestTheRunbookSaysWhatToDoAboutEveryAlarm(t *testing.T) {
	page := runbook(t)
	kinds := map[string]string{}
	for _, f := range topology.Functions {
		kinds[f.Name+"-errors"], kinds[f.Name+"-throttled"] = "<function>-errors", "<function>-throttled"
		kinds[f.Name+"-dead-letters"], kinds[f.Name+"-behind"] = "<function>-dead-letters", "<function>-behind"
	}
	for _, table := range topology.Tables {
		kinds[table.Name+"-table-throttled"] = "<table>-table-throttled"
	}
	for _, q := range topology.Queues {
		kinds[q.Name+"-dead-letters"], kinds[q.Name+"-waiting"] = "<queue>-dead-letters", "<queue>-waiting"
	}
	seen := map[string]bool{}
	for _, alarm := range app(t).ofType("AWS::CloudWatch::Alarm") {
		name := strings.TrimPrefix(render(alarm.get("AlarmName")), "foyer-production-")
		seen[name] = true
		if !strings.Contains(page, "`"+name+"`") && (kinds[name] == "" || !strings.Contains(page, "`"+kinds[name]+"`")) {
			t.Errorf("docs/operate.md doesn't say what to do about the alarm %s", name)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| (`[a-z].*?) \\|").FindAllStringSubmatch(section(page, "### Alarms"), -1)
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`([a-zA-Z-]+)`").FindAllStringSubmatch(row[1], -1) {
			if !seen[name[1]] {
				t.Errorf("docs/operate.md speaks of an alarm %s, which there isn't", name[1])
			}
		}
	}
}

// section returns the text below a heading, up to the next.
func section(page, heading string) string {
	_, rest, _ := strings.Cut(page, heading+"\n")
	body, _, _ := strings.Cut(rest, "\n#")
	return body
}

var contextKey = regexp.MustCompile(`get\("([a-z-]+)"\)`)

func TestTheRunbookNamesEveryOptionOfADeployment(t *testing.T) {
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	found := contextKey.FindAllStringSubmatch(string(source), -1)
	for _, key := range found {
		if !strings.Contains(section(runbook(t), "## 3. Deploy"), "`"+key[1]+"`") {
			t.Errorf("docs/operate.md doesn't name -c %s", key[1])
		}
	}
	if len(found) < 8 {
		t.Errorf("found %d options only", len(found))
	}
}
