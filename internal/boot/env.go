// Package boot wires each function from its environment: one function here for each under functions/. It does no I/O
// beyond reading the environment and the SDK's own configuration; secrets and tables are first asked for when a
// request needs them.
//
// It must never decide anything: it only chooses which parts are put together.
package boot

import (
	"fmt"
	"strings"

	"foyer/infra/topology"
)

// Env reads an environment variable; os.Getenv is one.
type Env func(name string) string

// needs collects what a function needs of its environment, so that one error names everything that is missing.
type needs struct {
	env     Env
	missing []string
}

// get is the value of a variable that must be set.
func (n *needs) get(name string) string {
	value := n.env(name)
	if value == "" {
		n.missing = append(n.missing, name)
	}
	return value
}

// table is the name of a table that the topology declares.
func (n *needs) table(name string) string {
	for _, t := range topology.Tables {
		if t.Name == name {
			return n.get(t.Env)
		}
	}
	n.missing = append(n.missing, "(table "+name+")")
	return ""
}

func (n *needs) err() error {
	switch len(n.missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("boot: the environment variable %s is not set", n.missing[0])
	}
	return fmt.Errorf("boot: the environment variables %s are not set", strings.Join(n.missing, ", "))
}
