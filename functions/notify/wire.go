package main

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/live"
	"foyer/internal/aws/metrics"
	"foyer/internal/boot"
	"foyer/internal/gateway/room"
	"foyer/internal/room/bucket"
	"foyer/internal/room/notify"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Notify, error) {
	n := boot.Needs{Env: env}
	zones, queue, grants := n.Table("zones"), n.Table("queue"), n.Table("grants")
	callback := n.Get(topology.EnvCallback)
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	conns := &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: smithytime.SleepWithContext}
	db := dynamodb.NewFromConfig(cfg)
	recorder := boot.Recorder(space)
	return &room.Notify{
		Log: boot.Logger(), Metrics: recorder, Now: time.Now, Page: decodePage,
		Turns: &notify.Service{
			Settings: &zone.Cache{Store: dynroom.NewZones(db, zones), Now: time.Now},
			Queue:    dynroom.NewQueue(db, queue), Log: metrics.Grants{Log: dynroom.NewLog(db, grants), Recorder: recorder},
			Pusher: conns, Now: time.Now,
		},
	}, nil
}

// decodePage reads an image of a page from a stream record.
func decodePage(image json.RawMessage) (string, bucket.Page, error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return "", bucket.Page{}, err
	}
	return dynroom.DecodePage(item)
}
