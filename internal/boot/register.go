package boot

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/gateway"
	"foyer/internal/keyring"
	"foyer/internal/register"
	"foyer/internal/zone"
)

// Register wires the register function.
func Register(env Env) (*gateway.Register, error) {
	n := needs{env: env}
	zones, queue := n.table("zones"), n.table("queue")
	keysID, doorID := n.get(topology.EnvKeys), n.get(topology.EnvFrontDoor)
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	db := dynamodb.NewFromConfig(cfg)
	keys := &keyring.Keyring{Secret: secret(cfg, keysID)}
	return &gateway.Register{
		Gateway: gateway.Gateway{
			Door: secret(cfg, doorID), Tokens: keys, Log: Logger(), Metrics: recorder(space), Now: time.Now,
		},
		Places: &register.Service{
			Settings: &zone.Cache{Store: dynamo.NewZones(db, zones), Now: time.Now},
			Queue:    dynamo.NewQueue(db, queue), Seed: seed(keys), Now: time.Now,
		},
	}, nil
}
