// Package seatstore wires the seats' store for the functions that change seats.
package seatstore

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/boot"
	"foyer/internal/store/dynamo/dynsale"
)

// firstPause is the longest pause before the first retry of a transaction after a conflict; it doubles with each retry.
// Transactions take a few milliseconds.
const firstPause = 20 * time.Millisecond

// New returns the store of every zone's seats. It retries transactions after conflicts.
func New(db *dynamodb.Client, seats, holds string) *dynsale.Seats {
	store := dynsale.NewSeats(db, seats, holds)
	store.Pause = func(ctx context.Context, n int) error {
		return smithytime.SleepWithContext(ctx, boot.Jitter(firstPause<<(n-1)))
	}
	return store
}
