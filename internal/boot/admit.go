package boot

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/admit"
	"foyer/internal/dynamo"
	"foyer/internal/exchange"
	"foyer/internal/gateway"
	"foyer/internal/keyring"
	"foyer/internal/register"
	"foyer/internal/zone"
)

// Admit wires the admit function.
func Admit(env Env) (*gateway.Admit, error) {
	n := needs{env: env}
	zonesTable, queueTable, grantsTable := n.table("zones"), n.table("queue"), n.table("grants")
	keysID, doorID := n.get(topology.EnvKeys), n.get(topology.EnvFrontDoor)
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	db := dynamodb.NewFromConfig(cfg)
	keys := &keyring.Keyring{Secret: secret(cfg, keysID)}
	zones, queue, log := dynamo.NewZones(db, zonesTable), dynamo.NewQueue(db, queueTable), dynamo.NewLog(db, grantsTable)
	settings := &zone.Cache{Store: zones, Now: time.Now}
	return &gateway.Admit{
		Gateway: gateway.Gateway{
			Door: secret(cfg, doorID), Tokens: keys, Log: Logger(), Metrics: recorder(space), Now: time.Now,
		},
		Grants: &admit.Service{
			Settings: settings, Queue: queue, Log: log, Seed: seed(keys), Now: time.Now,
			// Who asks for direct entry is there, so an inline tick looks at nobody's connection.
			Exchange: &exchange.Exchange{Queue: queue, Log: log, Zones: zones, Seed: seed(keys), Now: time.Now},
			Register: &register.Service{Settings: settings, Queue: queue, Seed: seed(keys), Now: time.Now},
		},
	}, nil
}
