// Package socket is what the domain knows of a visitor's WebSocket connection: that a message can be pushed to it,
// and that it may be gone.
package socket

import (
	"context"
	"errors"
)

// ErrGone says that a connection does not exist any more.
var ErrGone = errors.New("socket: the connection is gone")

// Pusher sends a message to a WebSocket connection. It returns ErrGone, possibly wrapped, when there is no such
// connection any more; any other error may be retried.
type Pusher interface {
	Push(ctx context.Context, conn string, message []byte) error
}
