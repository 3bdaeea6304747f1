package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/edgestore"
	"foyer/internal/aws/keyring"
	"foyer/internal/aws/start"
	"foyer/internal/boot"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/room"
	"foyer/internal/room/relay"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Relay, error) {
	n := boot.Needs{Env: env}
	zones, arn, keysID := n.Table("zones"), n.Get(topology.EnvEdgeStore), n.Get(topology.EnvKeys)
	loops, space := []string{n.Get(topology.EnvExchange), n.Get(topology.EnvCensus)}, n.Get(topology.EnvMetrics)
	announcer := []string{n.Get(topology.EnvAnnounce)}
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	client := lambda.NewFromConfig(cfg)
	store := dynroom.NewZones(dynamodb.NewFromConfig(cfg), zones)
	return &room.Relay{
		Log: boot.Logger(), Metrics: boot.Recorder(space), Now: time.Now,
		Start: func(ctx context.Context) error {
			return start.Functions{Client: client, Names: loops}.Start(ctx, struct{}{})
		},
		Announce: func(ctx context.Context, zone string) error {
			return start.Functions{Client: client, Names: announcer}.Start(ctx, room.Announcement{Zone: zone})
		},
		Edge: &relay.Relay{
			Zones: store, Rules: store,
			Edge: edgestore.Store{Client: cloudfrontkeyvaluestore.NewFromConfig(cfg), ARN: arn},
			Keys: &keyring.Keyring{Secret: secrets.Open(cfg, keysID)},
			Now:  time.Now, Sleep: smithytime.SleepWithContext, Jitter: boot.Jitter,
		},
	}, nil
}
