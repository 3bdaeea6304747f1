// Package tickets wires the keys of functions that make tickets or links to orders.
package tickets

import (
	"context"

	"foyer/internal/aws/keyring"
	"foyer/internal/sale/order"
	"foyer/internal/sale/ticket"
)

// Keys returns a func that reads the keys that tickets are signed with; the secret remembers them for a while.
func Keys(secret *keyring.Secret) func(ctx context.Context) (ticket.Keys, error) {
	return func(ctx context.Context) (ticket.Keys, error) {
		text, err := secret.Value(ctx, false)
		if err != nil {
			return ticket.Keys{}, err
		}
		return ticket.ParseSecret(text)
	}
}

// LinkKey returns a func that reads the key that the links of orders are made with.
func LinkKey(keys func(ctx context.Context) (ticket.Keys, error)) func(ctx context.Context) (order.LinkKey, error) {
	return func(ctx context.Context) (order.LinkKey, error) {
		k, err := keys(ctx)
		return k.LinkKey(), err
	}
}
