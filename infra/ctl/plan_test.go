package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"foyer/internal/plan"
)

func TestPlanAsksNoCloudAndSpeaksToPeopleAndMachines(t *testing.T) {
	args := strings.Fields("plan --visitors 1000000 --peak-minute 400000 --capacity 50000 --rate 5000 --session 5m")
	var text bytes.Buffer
	if err := run(&app{ctx: t.Context(), out: &text}, args); err != nil || !strings.Contains(text.String(), "400,000 in the busiest minute") {
		t.Errorf("%s, error %v", text.String(), err)
	}
	var out bytes.Buffer
	if err := run(&app{ctx: t.Context(), out: &out}, append(args, "--json")); err != nil {
		t.Fatal(err)
	}
	var p plan.Plan
	if err := json.Unmarshal(out.Bytes(), &p); err != nil || p.Line.Rate != 5000 || p.Zone.Spread != 3 || p.Total == 0 {
		t.Errorf("%s, error %v", out.String(), err)
	}
}
