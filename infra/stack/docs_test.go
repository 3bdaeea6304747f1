package stack_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"foyer/infra/stage"
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
	return regexp.MustCompile(`\n##+ `).Split(rest, 2)[0]
}

func TestTheRunbookNamesEveryOptionOfADeployment(t *testing.T) {
	for _, key := range stage.Keys {
		if !strings.Contains(section(runbook(t), "## 3. Deploy"), "`"+key+"`") {
			t.Errorf("docs/operate.md doesn't name the option %s", key)
		}
	}
}

var (
	stageFile  = regexp.MustCompile("(?ms)^```toml\n# foyer\\.([a-z]+)\\.toml\n(.*?)^```")
	deployment = regexp.MustCompile(`CDK_ARGS="([^"]*)"`)
)

// What the pages say to write and to type is a deployment that is taken.
func TestThePagesDeploymentsAreTaken(t *testing.T) {
	read, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := runbook(t) + string(read)
	files := stageFile.FindAllStringSubmatch(page, -1)
	var first map[string]string
	for _, file := range files {
		said, err := stage.Parse(file[2])
		if err == nil {
			said["stage"] = file[1]
			_, err = stage.FromContext(func(key string) string { return said[key] })
		}
		if err != nil {
			t.Errorf("%s%v", file[2], err)
		}
		if first == nil {
			first = said
		}
	}
	commands := deployment.FindAllStringSubmatch(page, -1)
	for _, c := range commands {
		said, keys := maps.Clone(first), []string{}
		for _, word := range strings.Split(" "+c[1], " -c ")[1:] {
			key, value, _ := strings.Cut(strings.TrimSpace(word), "=")
			said[key], keys = value, append(keys, key)
		}
		err := stage.Check(keys)
		if err == nil {
			_, err = stage.FromContext(func(key string) string { return said[key] })
		}
		if err != nil {
			t.Errorf("%s: %v", c[1], err)
		}
	}
	if len(files) < 2 || len(commands) < 3 {
		t.Errorf("found %d files and %d commands", len(files), len(commands))
	}
}

// What the runbook says of restored tables is true of all that there are: which have streams that functions read, and
// in which view, and which forget by themselves. A new table is in one of its sentences, or this fails.
func TestTheRunbookKnowsWhatARestoredTableLacks(t *testing.T) {
	_, page, _ := strings.Cut(runbook(t), "\n### Restore\n")
	page, _, _ = strings.Cut(page, "\n## ")
	page = strings.Join(strings.Fields(page), " ")
	named := func(sentence string) (names []string) {
		found := regexp.MustCompile(sentence).FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("the runbook lacks %s", sentence)
		}
		for _, name := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(found[1], -1) {
			names = append(names, name[1])
		}
		return names
	}
	forgetful := named("all but ((?:`[a-z]+`(?:, | and )?)+) forget by `ttl`")
	read := named("Functions read the streams of ((?:`[a-z]+`(?:, | and )?)+);")
	for _, table := range topology.Tables {
		if said := !slices.Contains(forgetful, table.Name); said != (table.TTL == "ttl") {
			t.Errorf("%s forgets by %q; the runbook says it does: %v", table.Name, table.TTL, said)
		}
		if said := slices.Contains(read, table.Name); said != (table.Stream != "") {
			t.Errorf("%s has the stream %q; the runbook says it has one: %v", table.Name, table.Stream, said)
		}
		if view := "StreamViewType=" + string(table.Stream); table.Stream != "" && !strings.Contains(page, view) {
			t.Errorf("%s needs %s, which no command of the runbook makes", table.Name, view)
		}
		// Each can be taken in place of a new one.
		value := "foyer-other"
		if table.Stream != "" {
			value = "arn:aws:dynamodb:us-east-1:123456789012:table/foyer-other/stream/2026-11-26T10"
		}
		c, err := stage.FromContext(func(key string) string {
			return map[string]string{"tables": table.Name + "=" + value}[key]
		})
		if err != nil || c.Kept.Tables[table.Name].Name != "foyer-other" {
			t.Errorf("%s can't be a restored one: %v", table.Name, err)
		}
	}
	for _, name := range append(forgetful, read...) {
		if !slices.ContainsFunc(topology.Tables, func(t topology.Table) bool { return t.Name == name }) {
			t.Errorf("the runbook speaks of a table %s", name)
		}
	}
}
