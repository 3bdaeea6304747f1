package boot_test

import (
	"testing"

	"foyer/infra/topology"
	"foyer/internal/boot"
)

func TestOneErrorNamesAllThatIsMissing(t *testing.T) {
	const keys, edge, space = topology.EnvKeys, topology.EnvEdgeStore, topology.EnvMetrics
	for given, want := range map[string]string{
		keys: "boot: the environment variables " + edge + ", " + space + " are not set",
		"":   "boot: the environment variables " + keys + ", " + edge + ", " + space + " are not set",
	} {
		n := boot.Needs{Env: func(name string) string {
			if name == given {
				return "x"
			}
			return ""
		}}
		for _, name := range []string{keys, edge, space} {
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
