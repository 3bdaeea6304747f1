package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/live"
	"foyer/internal/boot"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.View, error) {
	n := boot.Needs{Env: env}
	table, callback := n.Table("viewers"), n.Get(topology.EnvCallback)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	conns := &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: smithytime.SleepWithContext}
	store := dynsale.NewViewers(dynamodb.NewFromConfig(cfg), table)
	return &sale.View{Log: boot.Logger(), Viewers: &viewers.Service{
		Store: store, Pace: store, Now: time.Now, Sleep: smithytime.SleepWithContext,
		Pusher: conns, Closer: conns,
	}}, nil
}
