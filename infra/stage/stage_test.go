package stage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"foyer/infra/stage"
)

func TestAStagesFileIsReadAsOptions(t *testing.T) {
	got, err := stage.Parse(`
# The hall's own deployment.
region    = "eu-central-1"
challenge = true
ip-limit  = 60000
warm      = { queue = "31000/12000", grants = "4000/4000" }
`)
	want := map[string]string{"region": "eu-central-1", "challenge": "on", "ip-limit": "60000",
		"warm": "grants=4000/4000,queue=31000/12000"}
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s: %q, want %q", key, got[key], value)
		}
	}
}

func TestAMisspeltOptionIsRefusedWithTheNearestOne(t *testing.T) {
	for text, want := range map[string]string{
		`orgin = "https://a.example"`: `there is no option "orgin": do you mean "origin"?`,
		`alarm-mail = "a@b.example"`:  `there is no option "alarm-mail": do you mean "alarm-email"?`,
		`ip_limit = 5`:                `do you mean "ip-limit"?`,
		`ip-limit = 5.5`:              "ip-limit: 5.5 is neither text, a whole number",
		`region = `:                   "line 1",
		"region = 'a'\nregion = 'b'":  "region",
	} {
		if _, err := stage.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAStageHasItsOwnFile(t *testing.T) {
	folder := t.TempDir()
	if got, err := stage.Load(folder, "staging"); err != nil || len(got) != 0 {
		t.Errorf("without a file: %v, %v", got, err)
	}
	name := filepath.Join(folder, "foyer.production.toml")
	if err := os.WriteFile(name, []byte("stage = 'staging'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stage.Load(folder, "production"); err == nil || !strings.Contains(err.Error(), "foyer.production.toml") {
		t.Errorf("a file of another stage: %v", err)
	}
}

func TestRegionsDiffer(t *testing.T) {
	if stage.RequestsPerSecond("eu-south-2") != 2_500 || stage.RequestsPerSecond("eu-west-1") != 10_000 {
		t.Error("API Gateway's quotas")
	}
	if stage.HasLedger("us-west-1") || !stage.HasLedger("us-east-1") || stage.Reached("cn-north-1") {
		t.Error("where Foyer can be")
	}
}
