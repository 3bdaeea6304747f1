package boot

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/bucket"
	"foyer/internal/dynamo"
	"foyer/internal/keyring"
	"foyer/internal/metrics"
)

// Logger writes JSON lines to standard error, which Lambda keeps apart from metrics only by their shape.
func Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stderr, nil)) }

func recorder(namespace string) *metrics.Recorder {
	return &metrics.Recorder{Out: os.Stdout, Namespace: namespace, Now: time.Now}
}

func secret(cfg aws.Config, id string) *keyring.Secret {
	return &keyring.Secret{Client: secretsmanager.NewFromConfig(cfg), ID: id, Now: time.Now}
}

// seed gives draw seeds in the form that the policies use.
func seed(keys *keyring.Keyring) func(context.Context, string) (string, error) {
	return func(ctx context.Context, zone string) (string, error) {
		raw, err := keys.Seed(ctx, zone)
		return hex.EncodeToString(raw[:]), err
	}
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jitter is a random time up to most.
func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// decodePage reads an image of a page from a stream record.
func decodePage(image json.RawMessage) (string, bucket.Page, error) {
	item, err := attributevalue.UnmarshalMapJSON(image)
	if err != nil {
		return "", bucket.Page{}, err
	}
	return dynamo.DecodePage(item)
}
