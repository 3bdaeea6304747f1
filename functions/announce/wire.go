package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/live"
	"foyer/internal/boot"
	"foyer/internal/gateway/room"
	"foyer/internal/room/announce"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Announce, error) {
	n := boot.Needs{Env: env}
	zones, queue, callback := n.Table("zones"), n.Table("queue"), n.Get(topology.EnvCallback)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	db := dynamodb.NewFromConfig(cfg)
	conns := &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: smithytime.SleepWithContext}
	return &room.Announce{Log: boot.Logger(), Lines: &announce.Service{
		Zones: dynroom.NewZones(db, zones), Queue: dynroom.NewQueue(db, queue), Post: conns.Post,
		Now: time.Now, Sleep: smithytime.SleepWithContext,
	}}, nil
}
