package boot

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/edgestore"
	"foyer/internal/gateway"
	"foyer/internal/keyring"
	"foyer/internal/relay"
)

// Relay wires the relay function.
func Relay(env Env) (*gateway.Relay, error) {
	n := needs{env: env}
	zones, arn, keysID := n.table("zones"), n.get(topology.EnvEdgeStore), n.get(topology.EnvKeys)
	space := n.get(topology.EnvMetrics)
	if err := n.err(); err != nil {
		return nil, err
	}
	cfg := configure(env)
	return &gateway.Relay{
		Log: Logger(), Metrics: recorder(space),
		Edge: &relay.Relay{
			Zones: dynamo.NewZones(dynamodb.NewFromConfig(cfg), zones),
			Edge:  edgestore.Store{Client: cloudfrontkeyvaluestore.NewFromConfig(cfg), ARN: arn},
			Keys:  edgeKeys{&keyring.Keyring{Secret: secret(cfg, keysID)}},
			Now:   time.Now, Sleep: sleep, Jitter: jitter,
		},
	}, nil
}

// edgeKeys gives a keyring's keys in the relay's form.
type edgeKeys struct{ *keyring.Keyring }

// EdgeKeys implements relay.Keys.
func (k edgeKeys) EdgeKeys(ctx context.Context, zone string) ([]relay.Key, error) {
	rows, err := k.Keyring.EdgeKeys(ctx, zone)
	keys := make([]relay.Key, len(rows))
	for i, row := range rows {
		keys[i] = relay.Key{ID: row[0], Visitor: row[1], Access: row[2], Invite: row[3]}
	}
	return keys, err
}
