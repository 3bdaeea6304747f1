package main

import (
	"crypto/rand"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/edgestore"
	"foyer/internal/aws/rotate"
	"foyer/internal/boot"
	"foyer/internal/room/relay"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*rotate.Rotation, error) {
	n := boot.Needs{Env: env}
	zones, arn, keysID := n.Table("zones"), n.Get(topology.EnvEdgeStore), n.Get(topology.EnvKeys)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	edge := &rotate.Edge{
		Zones: dynroom.NewZones(dynamodb.NewFromConfig(cfg), zones),
		Relay: relay.Relay{
			Edge: edgestore.Store{Client: cloudfrontkeyvaluestore.NewFromConfig(cfg), ARN: arn},
			Now:  time.Now, Sleep: smithytime.SleepWithContext, Jitter: boot.Jitter,
		},
	}
	return &rotate.Rotation{
		Secrets: secretsmanager.NewFromConfig(cfg), ID: keysID, Random: rand.Reader, Publish: edge.Publish,
	}, nil
}
