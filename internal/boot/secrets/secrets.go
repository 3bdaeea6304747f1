// Package secrets gives the functions that need any their secrets and what derives from them.
package secrets

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/aws/keyring"
)

// Secret is the secret of that id, read when first asked for.
func Open(cfg aws.Config, id string) *keyring.Secret {
	return &keyring.Secret{Client: secretsmanager.NewFromConfig(cfg), ID: id, Now: time.Now}
}

// Seed gives draw seeds in the form that the policies use.
func Seed(keys *keyring.Keyring) func(context.Context, string) (string, error) {
	return func(ctx context.Context, zone string) (string, error) {
		raw, err := keys.Seed(ctx, zone)
		return hex.EncodeToString(raw[:]), err
	}
}
