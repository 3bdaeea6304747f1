package internal_test

import (
	"os/exec"
	"strings"
	"testing"
)

// domain is every package that decides: it may import no AWS package, no logger, and nothing that sits above it.
var domain = []string{"problem", "queue", "bucket", "zone", "token", "policy", "census", "exchange", "admit", "register", "notify", "venue", "seat", "sale", "viewers", "ticket", "dispatch", "once", "order", "checkout"}

// forbidden is what a domain package may not reach, even by way of others.
var forbidden = []string{"github.com/aws/", "log", "log/slog", "net/http/httptest", "foyer/internal/dynamo", "foyer/internal/gateway", "foyer/internal/boot", "foyer/functions", "foyer/infra"}

func TestDomainPackagesKnowNeitherAWSNorALogger(t *testing.T) {
	for _, name := range domain {
		for _, dep := range imports(t, "foyer/internal/"+name) {
			for _, bad := range forbidden {
				if dep == bad || strings.HasSuffix(bad, "/") && strings.HasPrefix(dep, bad) || strings.HasPrefix(dep, bad+"/") && bad != "log" {
					t.Errorf("internal/%s imports %s: a domain package decides and does no I/O", name, dep)
				}
			}
		}
	}
}

func TestNothingPointsBack(t *testing.T) {
	// functions → boot → gateway and adapters → domain
	for _, rule := range []struct{ from, to string }{
		{"gateway", "foyer/internal/boot"}, {"gateway", "foyer/internal/dynamo"}, {"dynamo", "foyer/internal/gateway"},
		{"relay", "foyer/internal/gateway"}, {"live", "foyer/internal/gateway"}, {"boot/...", "foyer/infra/local"},
	} {
		for _, dep := range imports(t, "foyer/internal/"+rule.from) {
			if dep == rule.to || strings.HasPrefix(dep, rule.to+"/") {
				t.Errorf("internal/%s imports %s: that points back", rule.from, dep)
			}
		}
	}
}

// imports lists what a package of this module imports, directly and through this module's other packages.
func imports(t *testing.T, pkg string) []string {
	t.Helper()
	seen, out := map[string]bool{}, []string{}
	var walk func(string)
	walk = func(p string) {
		raw, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, p).CombinedOutput()
		if err != nil {
			t.Fatalf("go list %s: %v: %s", p, err, raw)
		}
		for _, dep := range strings.Fields(string(raw)) {
			if seen[dep] {
				continue
			}
			seen[dep] = true
			out = append(out, dep)
			if strings.HasPrefix(dep, "foyer/") {
				walk(dep)
			}
		}
	}
	walk(pkg)
	return out
}
