package main

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/live"
	"foyer/internal/boot"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Fanout, error) {
	n := boot.Needs{Env: env}
	table, seats := n.Table("viewers"), n.Table("seats")
	callback, space := n.Get(topology.EnvCallback), n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	conns := &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: smithytime.SleepWithContext}
	db := dynamodb.NewFromConfig(cfg)
	store := dynsale.NewViewers(db, table)
	return &sale.Fanout{
		Log: boot.Logger(), Metrics: boot.Recorder(space), Now: time.Now, Seat: decodeSeat,
		Viewers: &viewers.Service{
			Store: store, Pace: store, Seats: dynsale.NewSeats(db, seats, ""), Pusher: conns,
			ID: rand.Text, Now: time.Now, Sleep: smithytime.SleepWithContext,
		},
	}, nil
}

// decodeSeat reads an image of a seat from a stream record.
func decodeSeat(image json.RawMessage) (zone string, s seat.Seat, ok bool, err error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return "", s, false, err
	}
	return dynsale.DecodeSeat(item)
}
