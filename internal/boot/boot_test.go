package boot_test

import (
	"slices"
	"strings"
	"testing"

	"foyer/infra/topology"
	"foyer/internal/boot"
	"foyer/internal/boot/admit"
	"foyer/internal/boot/bookkeeper"
	"foyer/internal/boot/census"
	"foyer/internal/boot/checkout"
	"foyer/internal/boot/dispatch"
	"foyer/internal/boot/exchange"
	"foyer/internal/boot/fanout"
	"foyer/internal/boot/mailer"
	"foyer/internal/boot/notify"
	"foyer/internal/boot/payments"
	"foyer/internal/boot/register"
	"foyer/internal/boot/relay"
	"foyer/internal/boot/rotate"
	"foyer/internal/boot/seats"
	"foyer/internal/boot/sweep"
	"foyer/internal/boot/view"
	"foyer/internal/boot/webhook"
)

// wired is every function that is wired here.
var wired = map[string]func(boot.Env) (any, error){
	"register":   func(env boot.Env) (any, error) { return register.Wire(env) },
	"census":     func(env boot.Env) (any, error) { return census.Wire(env) },
	"admit":      func(env boot.Env) (any, error) { return admit.Wire(env) },
	"seats":      func(env boot.Env) (any, error) { return seats.Wire(env) },
	"exchange":   func(env boot.Env) (any, error) { return exchange.Wire(env) },
	"notify":     func(env boot.Env) (any, error) { return notify.Wire(env) },
	"relay":      func(env boot.Env) (any, error) { return relay.Wire(env) },
	"dispatch":   func(env boot.Env) (any, error) { return dispatch.Wire(env) },
	"checkout":   func(env boot.Env) (any, error) { return checkout.Wire(env) },
	"webhook":    func(env boot.Env) (any, error) { return webhook.Wire(env) },
	"sweep":      func(env boot.Env) (any, error) { return sweep.Wire(env) },
	"payments":   func(env boot.Env) (any, error) { return payments.Wire(env) },
	"mailer":     func(env boot.Env) (any, error) { return mailer.Wire(env) },
	"bookkeeper": func(env boot.Env) (any, error) { return bookkeeper.Wire(env) },
	"view":       func(env boot.Env) (any, error) { return view.Wire(env) },
	"fanout":     func(env boot.Env) (any, error) { return fanout.Wire(env) },
	"rotate":     func(env boot.Env) (any, error) { return rotate.Wire(env) },
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

func TestEveryFunctionIsWiredHere(t *testing.T) {
	for _, f := range topology.Functions {
		if wired[f.Name] == nil {
			t.Errorf("%s is not among those whose environment is tested", f.Name)
		}
	}
}

func TestAFunctionUsesExactlyTheEnvironmentThatItIsGiven(t *testing.T) {
	for name, wire := range wired {
		var asked []string
		_, err := wire(func(variable string) string {
			if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "STRIPE_") { // the SDKs' own
				asked = append(asked, variable)
			}
			return "x"
		})
		slices.Sort(asked)
		if want := declared(t, name); err != nil || !slices.Equal(asked, want) {
			t.Errorf("%s asks for %v and is given %v; error %v", name, asked, want, err)
		}
	}
}

func TestOneErrorNamesAllThatIsMissing(t *testing.T) {
	for name, wire := range wired {
		_, err := wire(func(string) string { return "" })
		if err == nil {
			t.Errorf("%s starts without an environment", name)
			continue
		}
		for _, variable := range declared(t, name) {
			if !strings.Contains(err.Error(), variable) {
				t.Errorf("%s: %v does not name %s", name, err, variable)
			}
		}
	}
	_, err := relay.Wire(func(variable string) string {
		if variable == topology.EnvEdgeStore {
			return ""
		}
		return "x"
	})
	if want := "boot: the environment variable EDGE_STORE_ARN is not set"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
