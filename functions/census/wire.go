package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/health"
	"foyer/internal/boot"
	"foyer/internal/gateway/room"
	"foyer/internal/room/census"
	"foyer/internal/room/probe"
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
	store := dynroom.NewZones(db, zones)
	runner := &census.Runner{
		Queue: dynroom.NewQueue(db, queue), Zones: store, Now: time.Now,
		Sleep: smithytime.SleepWithContext, Report: h.Report,
	}
	watch := &probe.Runner{
		Zones: store, Ask: health.Ask, Now: time.Now, Sleep: smithytime.SleepWithContext, Report: h.Probed,
	}
	h.Run, h.Watch = runner.Run, watch.Run
	return h, nil
}
