package cli

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/queue"
	"foyer/internal/sale/clear"
	"foyer/internal/store/dynamo/dynclear"
	"foyer/internal/store/dynamo/dynroom"
)

// Left returns what finds and removes what is left of zones. A deployment without the sale has none of its tables.
func (c *Cloud) Left() (clear.Store, error) {
	room := [][3]string{{c.Names.Queue, "queue", "QUEUE_TABLE"}, {c.Names.Grants, "grants", "GRANTS_TABLE"}}
	sale := [][3]string{{c.Names.Viewers, "viewers", "VIEWERS_TABLE"}, {c.Names.Seats, "seats", "SEATS_TABLE"},
		{c.Names.Holds, "holds", "HOLDS_TABLE"}, {c.Sale.Orders, "orders", "ORDERS_TABLE"}}
	if c.Names.Seats+c.Names.Holds+c.Sale.Orders == "" {
		sale = nil
	}
	tables := map[string]string{}
	for _, one := range append(room, sale...) {
		if err := named(one[0], one[1], one[2]); err != nil {
			return nil, err
		}
		tables[one[1]] = one[0]
	}
	cfg, err := c.configure()
	return &dynclear.Left{Client: dynamodb.NewFromConfig(cfg), Tables: tables, Pause: c.Sleep}, err
}

// Queue returns the places of every zone.
func (c *Cloud) Queue() (queue.Store, error) {
	if err := named(c.Names.Queue, "queue", "QUEUE_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return dynroom.NewQueue(dynamodb.NewFromConfig(cfg), c.Names.Queue), err
}

// Sleep waits, or returns the context's error.
func (c *Cloud) Sleep(ctx context.Context, d time.Duration) error {
	return smithytime.SleepWithContext(ctx, d)
}
