// Package boot holds what the wiring of every function needs: the environment, the SDK's configuration, logs and
// metrics. What only some functions need is in the packages below, since all that a package imports is linked and
// initialised at each start of every function that imports it.
//
// They do no I/O beyond reading the environment; secrets and tables are first read when a request needs them. They must
// never decide anything: they only choose which parts are put together.
package boot

import (
	"fmt"
	"strings"

	"foyer/infra/topology"
)

// Env reads an environment variable; os.Getenv is one.
type Env func(name string) string

// Needs collects what a function needs of its environment, so that one error names everything that is missing.
type Needs struct {
	Env     Env
	missing []string
}

// Get returns the value of a variable that must be set.
func (n *Needs) Get(name string) string {
	value := n.Env(name)
	if value == "" {
		n.missing = append(n.missing, name)
	}
	return value
}

// Table returns the name of a table that the topology declares.
func (n *Needs) Table(name string) string {
	for _, t := range topology.Tables {
		if t.Name == name {
			return n.Get(t.Env)
		}
	}
	n.missing = append(n.missing, "(table "+name+")")
	return ""
}

// Queue returns the URL of a queue that the topology declares.
func (n *Needs) Queue(name string) string {
	for _, q := range topology.Queues {
		if q.Name == name {
			return n.Get(q.Env)
		}
	}
	n.missing = append(n.missing, "(queue "+name+")")
	return ""
}

// Err returns nil, or an error that names every variable that is missing.
func (n *Needs) Err() error {
	switch len(n.missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("boot: the environment variable %s is not set", n.missing[0])
	}
	return fmt.Errorf("boot: the environment variables %s are not set", strings.Join(n.missing, ", "))
}
