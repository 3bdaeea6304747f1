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
		text, err := secret.Secret(ctx, false)
		if err != nil {
			return ticket.Keys{}, err
		}
		return ticket.ParseSecret(text)
	}
}

// OrderSecret makes the secrets of orders' pages.
func OrderSecret(keys func(ctx context.Context) (ticket.Keys, error)) func(ctx context.Context, id string) (order.Secret, error) {
	return func(ctx context.Context, id string) (order.Secret, error) {
		k, err := keys(ctx)
		if err != nil {
			return "", err
		}
		return order.Key(k.OrderKey()).Secret(id), nil
	}
}
