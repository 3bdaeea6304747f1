// Package live reaches visitors' WebSocket connections through API Gateway's @connections.
package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"foyer/internal/cache"
	"foyer/internal/room/socket"
)

// Bounds of a call. A visitor who doesn't get the message in time still sees the turn in the status.
const (
	Timeout  = 3 * time.Second // of one call with all its attempts
	Attempts = 4
	// Remembered is how long a connection that existed is taken to exist still. One that did not is looked up again: its
	// handshake may have been under way.
	Remembered = 10 * time.Second
	maxAlive   = 50_000 // connections remembered
	// Settle is how long a connection that isn't there gets before it counts as gone: a visitor can be called while
	// its handshake is still under way.
	Settle = 300 * time.Millisecond
)

// API is the part of the SDK's client in use.
type API interface {
	PostToConnection(
		context.Context, *api.PostToConnectionInput, ...func(*api.Options),
	) (*api.PostToConnectionOutput, error)
	GetConnection(context.Context, *api.GetConnectionInput, ...func(*api.Options)) (*api.GetConnectionOutput, error)
	DeleteConnection(
		context.Context, *api.DeleteConnectionInput, ...func(*api.Options),
	) (*api.DeleteConnectionOutput, error)
}

// NewClient makes the SDK's client for a callback address such as https://id.execute-api.region.amazonaws.com/ws. It
// tries again when throttled, a bounded number of times, each after a random pause.
func NewClient(cfg aws.Config, callback string) *api.Client {
	return api.NewFromConfig(cfg, func(o *api.Options) {
		o.BaseEndpoint = &callback
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = Attempts
			r.MaxBackoff = 500 * time.Millisecond
			r.Retryables = append(r.Retryables, retry.RetryableErrorCode{
				Codes: map[string]struct{}{"LimitExceededException": {}},
			})
		})
	})
}

// Connections reaches connections. It may be used by several goroutines.
type Connections struct {
	Client API
	Now    func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error

	alive cache.Cache[string, struct{}] // connections that are taken to be there
}

var _ socket.Pusher = (*Connections)(nil)

// Push sends a message. It returns socket.ErrGone when the connection does not exist any more.
func (c *Connections) Push(ctx context.Context, conn string, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	err := c.Post(ctx, conn, message)
	if errors.Is(err, socket.ErrGone) {
		c.alive.Delete(conn)
		if err := c.Sleep(ctx, Settle); err != nil {
			return fmt.Errorf("live: push: %w", err)
		}
		err = c.Post(ctx, conn, message)
	}
	if err == nil {
		c.remember(conn)
	}
	return err
}

// Post is Push for a message that nobody needs: a connection whose handshake is still under way gets none.
func (c *Connections) Post(ctx context.Context, conn string, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	_, err := c.Client.PostToConnection(ctx, &api.PostToConnectionInput{ConnectionId: &conn, Data: message})
	if gone(err) {
		return socket.ErrGone
	}
	if err != nil {
		return fmt.Errorf("live: push: %w", err)
	}
	return nil
}

// Alive reports whether the connection exists. A yes may be as old as Remembered, a no never is.
func (c *Connections) Alive(ctx context.Context, conn string) (bool, error) {
	if _, found := c.alive.Get(conn, c.Now()); found {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	_, err := c.Client.GetConnection(ctx, &api.GetConnectionInput{ConnectionId: &conn})
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("live: look: %w", err)
	}
	c.remember(conn)
	return true, nil
}

// Close closes the connection. One that is gone is closed.
func (c *Connections) Close(ctx context.Context, conn string) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	c.alive.Delete(conn)
	_, err := c.Client.DeleteConnection(ctx, &api.DeleteConnectionInput{ConnectionId: &conn})
	if err == nil || gone(err) {
		return nil
	}
	return fmt.Errorf("live: close: %w", err)
}

// gone reports whether err says that the connection does not exist. Nothing else counts, least of all an address that
// is wrong: it would make everybody absent.
func gone(err error) bool {
	var missing *types.GoneException
	if errors.As(err, &missing) {
		return true
	}
	var response *smithyhttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusGone
}

func (c *Connections) remember(conn string) {
	c.alive.Put(conn, struct{}{}, c.Now().Add(Remembered), maxAlive)
}
