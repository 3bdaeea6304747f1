package boot

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/exchange"
	"foyer/internal/gateway"
	"foyer/internal/keyring"
	"foyer/internal/live"
)

// Exchange wires the exchange function. Its runner is kept from run to run, with all that it remembers.
func Exchange(env Env) (*gateway.Exchange, error) {
	n := needs{env: env}
	zones, queue, grants := n.table("zones"), n.table("queue"), n.table("grants")
	callback, keysID := n.get(topology.EnvCallback), n.get(topology.EnvKeys)
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	db := dynamodb.NewFromConfig(cfg)
	h := &gateway.Exchange{Log: Logger(), Metrics: recorder(space), Now: time.Now}
	runner := &exchange.Runner{
		Exchange: &exchange.Exchange{
			Queue: dynamo.NewQueue(db, queue), Log: dynamo.NewLog(db, grants), Zones: dynamo.NewZones(db, zones),
			Liveness: &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: sleep},
			Seed:     seed(&keyring.Keyring{Secret: secret(cfg, keysID)}), Now: time.Now,
		},
		Observe: h.Observe,
	}
	h.Run = runner.Run
	return h, nil
}
