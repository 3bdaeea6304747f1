// Package boottest holds a function's wiring to what the topology declares.
package boottest

import (
	"slices"
	"strings"
	"testing"

	"foyer/infra/topology"
	"foyer/internal/boot"
)

// Environment checks that wire asks for exactly the variables that the function of that name is given, and that one
// error names all of them if they are missing.
func Environment[F any](t *testing.T, name string, wire func(boot.Env) (F, error)) {
	t.Helper()
	declared := declared(t, name)
	var asked []string
	_, err := wire(func(variable string) string {
		if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "STRIPE_") { // the SDKs' own
			asked = append(asked, variable)
		}
		return "x@example.com" // one of them is the sender of mails
	})
	slices.Sort(asked)
	if err != nil || !slices.Equal(asked, declared) {
		t.Errorf("%s asks for %v and is given %v; error %v", name, asked, declared, err)
	}
	if _, err = wire(func(string) string { return "" }); err == nil {
		t.Fatalf("%s starts without an environment", name)
	}
	for _, variable := range declared {
		if !strings.Contains(err.Error(), variable) {
			t.Errorf("%s: %v does not name %s", name, err, variable)
		}
	}
}

func declared(t *testing.T, name string) []string {
	t.Helper()
	for _, f := range topology.Functions {
		if f.Name == name {
			return slices.Sorted(slices.Values(f.Env))
		}
	}
	t.Fatalf("the topology declares no function %q", name)
	return nil
}
