package boot

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/gateway"
	"foyer/internal/live"
	"foyer/internal/notify"
	"foyer/internal/zone"
)

// Notify wires the notify function.
func Notify(env Env) (*gateway.Notify, error) {
	n := needs{env: env}
	zones, queue, grants := n.table("zones"), n.table("queue"), n.table("grants")
	callback := n.get(topology.EnvCallback)
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	db := dynamodb.NewFromConfig(cfg)
	return &gateway.Notify{
		Log: Logger(), Metrics: recorder(space), Now: time.Now, Page: decodePage,
		Turns: &notify.Service{
			Settings: &zone.Cache{Store: dynamo.NewZones(db, zones), Now: time.Now},
			Queue:    dynamo.NewQueue(db, queue), Log: dynamo.NewLog(db, grants),
			Pusher: &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: sleep}, Now: time.Now,
		},
	}, nil
}
