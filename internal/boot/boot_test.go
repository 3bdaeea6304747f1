package boot_test

import (
	"testing"

	"foyer/infra/topology"
	"foyer/internal/boot"
)

func TestOneErrorNamesAllThatIsMissing(t *testing.T) {
	for given, want := range map[string]string{
		topology.EnvKeys: "boot: the environment variables " + topology.EnvEdgeStore + ", " + topology.EnvMetrics + " are not set",
		"":               "boot: the environment variables " + topology.EnvKeys + ", " + topology.EnvEdgeStore + ", " + topology.EnvMetrics + " are not set",
	} {
		n := boot.Needs{Env: func(name string) string {
			if name == given {
				return "x"
			}
			return ""
		}}
		for _, name := range []string{topology.EnvKeys, topology.EnvEdgeStore, topology.EnvMetrics} {
			n.Get(name)
		}
		if err := n.Err(); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	one := boot.Needs{Env: func(string) string { return "" }}
	one.Table("nowhere")
	one.Queue("nowhere")
	if err := one.Err(); err == nil ||
		err.Error() != "boot: the environment variables (table nowhere), (queue nowhere) are not set" {
		t.Errorf("error %v", err)
	}
}
