package boot

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/census"
	"foyer/internal/dynamo"
	"foyer/internal/gateway"
)

// Census wires the census function.
func Census(env Env) (*gateway.Census, error) {
	n := needs{env: env}
	zones, queue := n.table("zones"), n.table("queue")
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	db := dynamodb.NewFromConfig(cfg)
	h := &gateway.Census{Log: Logger(), Metrics: recorder(space), Now: time.Now}
	runner := &census.Runner{
		Queue: dynamo.NewQueue(db, queue), Zones: dynamo.NewZones(db, zones), Now: time.Now,
		Sleep: func(ctx context.Context, d time.Duration) { _ = sleep(ctx, d) }, Report: h.Report,
	}
	h.Run = runner.Run
	return h, nil
}
