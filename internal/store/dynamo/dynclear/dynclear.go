// Package dynclear counts and removes on DynamoDB what is left of a zone.
package dynclear

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynsale"
)

// Left is clear.Store on DynamoDB: it reads whole tables.
type Left struct {
	Client *dynamodb.Client
	// Tables are those that there are, by their names in the topology: queue, grants, viewers, holds, seats, orders.
	Tables map[string]string
	// Pause waits, or returns the context's error.
	Pause func(ctx context.Context, d time.Duration) error
}

var _ clear.Store = (*Left)(nil)

// tableOf names the table of each kind.
var tableOf = map[clear.Kind]string{
	clear.Grants: "grants", clear.Places: "queue", clear.Viewers: "viewers", clear.Holds: "holds", clear.Seats: "seats",
}

func (l *Left) sweep(kind clear.Kind, why zone.Clearing) dynamo.Sweep {
	name := tableOf[kind]
	at := slices.IndexFunc(topology.Tables, func(t topology.Table) bool { return t.Name == name })
	s := dynamo.Sweep{Client: l.Client, Name: l.Tables[name], Table: topology.Tables[at], Pause: l.Pause}
	if kind == clear.Seats {
		s.Reads = []string{"h", "o"}
		s.Keep = func(it dynamo.Item) bool {
			r := dynamo.Reader{From: it}
			if _, _, isSeat, _ := dynsale.DecodeSeat(it); !isSeat { // a map's item
				return why == zone.Resetting && !dynsale.AreCounts(it)
			}
			return clear.KeepsSeat(r.Text("h"), r.Text("o"), why)
		}
	}
	return s
}

// Left implements clear.Store.
func (l *Left) Left(ctx context.Context, name string, kind clear.Kind, why zone.Clearing) (int, error) {
	if l.Tables[tableOf[kind]] == "" {
		return 0, nil
	}
	return l.sweep(kind, why).Count(ctx, name)
}

// Remove implements clear.Store.
func (l *Left) Remove(
	ctx context.Context, name string, kind clear.Kind, why zone.Clearing, done func(n int),
) (int, error) {
	if l.Tables[tableOf[kind]] == "" {
		return 0, nil
	}
	return l.sweep(kind, why).Remove(ctx, name, done)
}

// Orders implements clear.Store.
func (l *Left) Orders(ctx context.Context, zone string) (n clear.Orders, err error) {
	table := l.Tables["orders"]
	if table == "" {
		return n, nil
	}
	pages := dynamodb.NewScanPaginator(l.Client, &dynamodb.ScanInput{
		TableName: &table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("#zone = :zone"),
		ProjectionExpression:      aws.String("#state, #open"),
		ExpressionAttributeNames:  map[string]string{"#zone": "zone", "#state": "state", "#open": "open"},
		ExpressionAttributeValues: dynamo.Item{":zone": dynamo.Text(zone)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return n, dynamo.Failed(err, "count a zone's orders")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			o := order.Order{State: order.State(r.Text("state"))}
			n.Add(o.Takes(), r.Text("open") != "")
			if r.Err != nil {
				return n, dynamo.Failed(r.Err, "count a zone's orders")
			}
		}
	}
	return n, nil
}
