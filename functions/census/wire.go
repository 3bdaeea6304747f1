package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/boot"
	"foyer/internal/gateway/room"
	"foyer/internal/room/census"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Census, error) {
	n := boot.Needs{Env: env}
	zones, queue := n.Table("zones"), n.Table("queue")
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	db := dynamodb.NewFromConfig(cfg)
	h := &room.Census{Log: boot.Logger(), Metrics: boot.Recorder(space), Now: time.Now}
	runner := &census.Runner{
		Queue: dynroom.NewQueue(db, queue), Zones: dynroom.NewZones(db, zones), Now: time.Now,
		Sleep: smithytime.SleepWithContext, Report: h.Report,
	}
	h.Run = runner.Run
	return h, nil
}
