package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/stage"
	"foyer/internal/plan"
)

func TestPlanAsksNoCloudAndSpeaksToPeopleAndMachines(t *testing.T) {
	args := strings.Fields("plan --visitors 1000000 --peak-minute 400000 --capacity 50000 --rate 5000 --session 5m")
	var text bytes.Buffer
	if err := run(&cli.App{Ctx: t.Context(), Out: &text, Parts: newDesk(t)}, args); err != nil ||
		!strings.Contains(text.String(), "400,000 in the busiest minute") {
		t.Errorf("%s, error %v", text.String(), err)
	}
	var out bytes.Buffer
	if err := run(&cli.App{Ctx: t.Context(), Out: &out, Parts: newDesk(t)}, append(args, "--json")); err != nil {
		t.Fatal(err)
	}
	var p plan.Plan
	if err := json.Unmarshal(out.Bytes(), &p); err != nil || p.Line.Rate != 5000 || p.Zone.GrantShards != 3 ||
		p.Total == 0 {
		t.Errorf("%s, error %v", out.String(), err)
	}
}

// What the runbook shows of a plan is what the command says: its lines are among the command's, in their order.
func TestTheRunbooksPlanIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```\nfoyerctl plan ")
	flags, rest, _ := strings.Cut(rest, "\n```\n")
	_, shown, _ := strings.Cut(rest, "\n```\n")
	shown, _, _ = strings.Cut(shown, "\n```\n")
	if !found || strings.Count(shown, "\n") < 10 {
		t.Fatalf("the runbook shows no plan: %q", shown)
	}
	var said bytes.Buffer
	if err := run(&cli.App{Ctx: t.Context(), Out: &said}, append([]string{"plan"}, strings.Fields(flags)...)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(said.String(), "\n")
	for line := range strings.SplitSeq(shown, "\n") {
		for len(lines) > 0 && strings.TrimRight(lines[0], " ") != line {
			lines = lines[1:]
		}
	}
	if len(lines) == 0 {
		t.Errorf("the runbook shows\n%s\nand the command says\n%s", shown, said.String())
	}
}

// What a plan says to type is taken: the zone's command and the lines of a stage's file.
func TestAPlansAdviceCanBeFollowed(t *testing.T) {
	d := newDesk(t)
	said := d.says("plan --visitors 1000000 --peak-minute 400000 --capacity 50000 --rate 5000",
		"foyerctl zone create main")
	_, command, _ := strings.Cut(said, "    foyerctl ")
	command, _, _ = strings.Cut(command, "\n")
	d.says(command, "zone main is closed")
	_, lines, _ := strings.Cut(said, "foyer.<stage>.toml")
	_, lines, _ = strings.Cut(lines, "\n")
	lines, _, _ = strings.Cut(lines, "\n\n")
	file, err := stage.Parse(lines)
	if err != nil || file["warm"] == "" || file["api-quota"] == "" || file["concurrency"] == "" {
		t.Fatalf("%s: %v, %v", lines, file, err)
	}
	if _, err := stage.FromContext(func(key string) string { return file[key] }); err != nil {
		t.Error(err)
	}
	d.says("plan --visitors 5", "say --peak-minute")
	d.says("plan --idle --no-sale", "A month without an open zone")
	d.says("plan --idle --json", `"totalDollars": 22.`)
}

// With a stage it reads the stage's file, and asks no cloud: before a first deployment there is none.
func TestAPlanForAStageAsksNoCloud(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	var out strings.Builder
	err := run(&cli.App{Ctx: t.Context(), Out: &out, Err: io.Discard, Now: time.Now}, strings.Fields(
		"plan --stage staging --visitors 1000 --peak-minute 100 --capacity 10 --rate 10"))
	if err != nil || !strings.Contains(out.String(), "zone create main") {
		t.Errorf("%v: %s", err, &out)
	}
}
