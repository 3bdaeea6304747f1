package cloudwatch

import (
	"strings"

	"foyer/infra/topology"
)

// Names of what isn't in the topology, and what the names of queues end with.
const (
	HTTP, Socket, Door, Gate, API = "http", "socket", "door", "gate", "api"

	Dead    = "-dead"    // of a queue's dead letters
	Letters = "-letters" // of what a stream's function gave up
)

// Local returns what a resource of the template is called in the local cloud, by its logical id, or by the name that
// CDK gives it.
func Local(id string) string {
	for prefix, name := range map[string]string{
		"HttpApi": HTTP, "SocketApi": Socket, "DoorDistribution": Door,
	} {
		if strings.HasPrefix(id, prefix) {
			return name
		}
	}
	switch {
	case strings.Contains(id, "EdgeGate"):
		return Gate
	case strings.Contains(id, "EdgeApiGate"):
		return API
	}
	for _, f := range topology.Functions {
		if strings.HasPrefix(id, "Function"+f.Name+"Lambda") {
			return f.Name
		}
		if strings.HasPrefix(id, "Function"+f.Name+"Failures") {
			return f.Name + Letters
		}
	}
	for _, q := range topology.Queues {
		if strings.HasPrefix(id, "Queue"+q.Name+"Jobs") {
			return q.Name
		}
		if strings.HasPrefix(id, "Queue"+q.Name+"Dead") {
			return q.Name + Dead
		}
	}
	for _, t := range topology.Tables {
		if strings.HasPrefix(id, "Table"+t.Name) {
			return t.Name
		}
	}
	return id
}
