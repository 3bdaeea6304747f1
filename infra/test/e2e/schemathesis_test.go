package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"foyer/infra/local"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/skip"
)

// The interface answers as docs/openapi.yaml says, whatever is asked: to strangers, to a visitor inside who has an
// order, and to one who leaves.
func TestSchemathesisFindsNothing(t *testing.T) {
	t.Parallel()
	up(t)
	skip.Need(t, "schemathesis", "pip install schemathesis==4.32.5")
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.Session = 20, time.Hour })
	h.sells("theatre-300")
	inside := h.entersAlone()
	var held struct{ Seats []string }
	decode(t, inside.post("seats", `{"best":{"n":2}}`), &held)
	var ordered struct{ Order, Secret string }
	decode(t, inside.send("POST", "/foyer/zones/"+h.name+"/orders", `{"email":"ada@example.com","name":"Ada"}`,
		"Idempotency-Key: schemathesis-finds-nothing"), &ordered)
	env := []string{
		"ZONE=" + h.name, "ORDER=" + ordered.Order, "ORDER_SECRET=" + ordered.Secret, "VISIT=" + inside.visit(),
		"VISITOR=" + inside.visitor, "ACCESS=" + inside.access, "SITE_SECRET=" + cloud.Sent(local.SiteSecretID),
	}
	const site, ends = "^arrive$", "^(leave|endVisit)$" // the site answers any method
	asked := schemathesis(t, nil, "--max-examples", "30", "--exclude-operation-id-regex", site)
	asked += schemathesis(t, env, "--max-examples", "30", "--exclude-operation-id-regex", site+"|"+ends)
	asked += schemathesis(t, env, "--max-examples", "20", "--include-operation-id-regex", ends)
	if asked < 1000 {
		t.Errorf("only %d requests were made", asked)
	}
}

// schemathesis makes its requests, and returns how many. With an environment, it knows a visitor inside.
func schemathesis(t *testing.T, env []string, args ...string) int {
	t.Helper()
	document, err := filepath.Abs("../../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{
		"run", document, "--url", cloud.URL, "--seed", "1", "--workers", "1", "--max-failures", "5",
	}, args...)
	if env != nil {
		config, err := filepath.Abs("testdata/schemathesis.toml")
		if err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config-file", config}, args...)
	}
	cmd := exec.CommandContext(t.Context(), "schemathesis", args...)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	n := regexp.MustCompile(`(?m)^\s*(\d+) generated`).FindSubmatch(out)
	if n == nil {
		t.Fatalf("it doesn't say what it did: %s", out)
	}
	asked, _ := strconv.Atoi(string(n[1])) // digits
	return asked
}

// decode reads an answer that is to be good.
func decode(t *testing.T, a answer, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), into); err != nil || a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
}

// visit is the visit as the protected site knows it.
func (p *app) visit() string {
	p.h.t.Helper()
	a := p.post("enter", "")
	var status struct{ You struct{ ID string } }
	decode(p.h.t.(*testing.T), p.send("GET", "/foyer/zones/"+p.h.name+"/status", ""), &status)
	return status.You.ID + "." + a.JSON.Ref
}
