// Package clock is a process's clock, held against the database's: several processes work on one zone, and one whose
// clock is minutes off would end others' turns early, or take visitors who have just asked for absent.
package clock

import (
	"context"
	"log/slog"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"foyer/internal/room/zone"
)

// Clock is the machine's clock, or while it is further off than zone.MaxSkew, what the answers of the database say. It
// is safe for use by several goroutines.
type Clock struct {
	Machine func() time.Time
	Log     *slog.Logger

	mu  sync.Mutex
	off time.Duration // what is added to the machine's time; 0: the clock is right enough
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Machine().Add(c.off)
}

// Option makes a client's answers set the clock: dynamodb.NewFromConfig(cfg, clock.Option).
func (c *Clock) Option(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FoyerClock", c.handle), middleware.Before)
	})
}

func (c *Clock) handle(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleInitialize(ctx, in)
	if at, ok := awsmiddleware.GetServerTime(metadata); ok {
		c.set(at)
	}
	return out, metadata, err
}

// set takes in that the database's clock shows a time, in whole seconds.
func (c *Clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	off := at.Add(time.Second / 2).Sub(c.Machine())
	was := c.off
	switch {
	case off.Abs() <= zone.MaxSkew:
		c.off = 0
	case (off - c.off).Abs() > 2*time.Second: // an answer is under way for a moment: the clock mustn't jump with each
		c.off = off
	}
	if c.off != was && c.Log != nil {
		c.Log.Warn("the machine's clock is off: going by the database's", "off", -c.off)
	}
}
