package boot

import (
	"crypto/rand"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/edgestore"
	"foyer/internal/relay"
	"foyer/internal/rotate"
)

// Rotate wires the rotate function.
func Rotate(env Env) (*rotate.Rotation, error) {
	n := needs{env: env}
	zones, arn, keysID := n.table("zones"), n.get(topology.EnvEdgeStore), n.get(topology.EnvKeys)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	edge := &rotate.Edge{
		Zones: dynamo.NewZones(dynamodb.NewFromConfig(cfg), zones),
		Relay: relay.Relay{
			Edge: edgestore.Store{Client: cloudfrontkeyvaluestore.NewFromConfig(cfg), ARN: arn},
			Now:  time.Now, Sleep: sleep, Jitter: jitter,
		},
	}
	return &rotate.Rotation{Secrets: secretsmanager.NewFromConfig(cfg), ID: keysID, Random: rand.Reader, Tell: edge.Tell}, nil
}
