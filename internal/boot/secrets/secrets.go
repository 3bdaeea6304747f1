// Package secrets wires the secrets of functions that need any, and what is derived from them.
package secrets

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/aws/keyring"
)

// Open returns the secret of that id. It is read when it is first needed.
func Open(cfg aws.Config, id string) *keyring.Secret {
	return &keyring.Secret{Client: secretsmanager.NewFromConfig(cfg), ID: id, Now: time.Now}
}

// Seed returns a func that returns a zone's draw seed, in the form that the policies use.
func Seed(keys *keyring.Keyring) func(context.Context, string) (string, error) {
	return func(ctx context.Context, zone string) (string, error) {
		raw, err := keys.Seed(ctx, zone)
		return hex.EncodeToString(raw[:]), err
	}
}
