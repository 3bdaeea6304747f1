// Package tickets gives the functions that make tickets their keys.
package tickets

import (
	"context"

	"foyer/internal/aws/keyring"
	"foyer/internal/sale/order"
	"foyer/internal/sale/ticket"
)

// Keys reads the keys that tickets are signed with, when they are first asked for, and remembers them for a while.
func Keys(secret *keyring.Secret) func(ctx context.Context) (ticket.Keys, error) {
	return func(ctx context.Context) (ticket.Keys, error) {
		text, err := secret.Value(ctx, false)
		if err != nil {
			return ticket.Keys{}, err
		}
		return ticket.ParseSecret(text)
	}
}

// OrderSecret makes the secrets of orders' pages.
func LinkSecret(keys func(ctx context.Context) (ticket.Keys, error)) func(ctx context.Context, id string) (order.LinkSecret, error) {
	return func(ctx context.Context, id string) (order.LinkSecret, error) {
		k, err := keys(ctx)
		if err != nil {
			return "", err
		}
		return order.LinkKey(k.LinkKey()).Secret(id), nil
	}
}
