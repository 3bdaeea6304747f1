// Command rotate replaces the token keys when Secrets Manager calls for it, and makes the first ones.
package main

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/topology"
	"foyer/internal/dynamo"
	"foyer/internal/edgestore"
	"foyer/internal/relay"
	"foyer/internal/rotate"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	edge := &rotate.Edge{
		Zones: dynamo.NewZones(dynamodb.NewFromConfig(cfg), os.Getenv("ZONES_TABLE")),
		Relay: relay.Relay{
			Edge: edgestore.Store{Client: cloudfrontkeyvaluestore.NewFromConfig(cfg), ARN: os.Getenv(topology.EnvEdgeStore)},
			Now:  time.Now, Sleep: sleep, Jitter: mathrand.N[time.Duration],
		},
	}
	lambda.Start(rotate.Rotation{
		Secrets: secretsmanager.NewFromConfig(cfg), ID: os.Getenv(topology.EnvKeys), Random: rand.Reader, Tell: edge.Tell,
	}.Handle)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
