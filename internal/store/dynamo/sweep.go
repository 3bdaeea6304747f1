package dynamo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/infra/topology"
)

// How a table is swept: by some readers side by side, each of which removes a batch and pauses, so that they write some
// 2,000 items a second at most.
const (
	sweepers    = 4
	sweepBatch  = 25 // the most that one call takes
	sweepPause  = 50 * time.Millisecond
	sweepTries  = 20
	sweepReport = 1000 // items between two reports
)

// Sweep reads a whole table, consistently, for the items of one zone, and removes them. It is for operators: no
// function may do it.
type Sweep struct {
	Client *dynamodb.Client
	Name   string
	Table  topology.Table
	// Keep reports whether an item stays; Reads are the attributes that it looks at beside the key. nil: none stays.
	Keep  func(Item) bool
	Reads []string
	// Pause waits, or returns the context's error.
	Pause func(ctx context.Context, d time.Duration) error
}

// Count returns how many items would be removed.
func (s Sweep) Count(ctx context.Context, zone string) (int, error) {
	return s.each(ctx, zone, func(context.Context, []Item) error { return nil })
}

// Remove removes the items, and returns how many there were. It calls done now and then with the number so far, and
// again where it ends.
func (s Sweep) Remove(ctx context.Context, zone string, done func(n int)) (int, error) {
	var removed atomic.Int64
	n, err := s.each(ctx, zone, func(ctx context.Context, items []Item) error {
		for ; len(items) > 0; items = items[min(sweepBatch, len(items)):] {
			batch := items[:min(sweepBatch, len(items))]
			if err := s.drop(ctx, batch); err != nil {
				return err
			}
			now := removed.Add(int64(len(batch)))
			if now/sweepReport > (now-int64(len(batch)))/sweepReport {
				done(int(now))
			}
			if err := s.Pause(ctx, sweepPause); err != nil {
				return err
			}
		}
		return nil
	})
	if n > 0 {
		done(int(removed.Load()))
	}
	return n, err
}

// each calls with for the keys of the zone's items, part by part, from several goroutines.
func (s Sweep) each(ctx context.Context, zone string, with func(context.Context, []Item) error) (int, error) {
	var found atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for i := range sweepers {
		group.Go(func() error {
			pages := dynamodb.NewScanPaginator(s.Client, s.input(zone, i))
			for pages.HasMorePages() {
				out, err := pages.NextPage(ctx)
				if err != nil {
					return Failed(err, "look for a zone's items")
				}
				keys := s.keys(out.Items)
				found.Add(int64(len(keys)))
				if err := with(ctx, keys); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return int(found.Load()), err
}

// input reads one of the parts of the table. A zone's items begin with its name, which has no such sign in it.
func (s Sweep) input(zone string, part int) *dynamodb.ScanInput {
	names := map[string]string{"#k0": s.Table.Hash.Name, "#k1": s.Table.Range.Name}
	only := "#k0, #k1"
	for i, name := range s.Reads {
		alias := fmt.Sprintf("#r%d", i)
		names[alias], only = name, only+", "+alias
	}
	return &dynamodb.ScanInput{
		TableName: &s.Name, ConsistentRead: aws.Bool(true),
		Segment: aws.Int32(int32(part)), TotalSegments: aws.Int32(sweepers),
		FilterExpression: aws.String("begins_with(#k0, :zone)"), ProjectionExpression: &only,
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: Item{":zone": Text(zone + "#")},
	}
}

// keys returns the primary keys of the items that don't stay.
func (s Sweep) keys(items []Item) (keys []Item) {
	hash, rang := s.Table.Hash.Name, s.Table.Range.Name
	for _, it := range items {
		if s.Keep == nil || !s.Keep(it) {
			keys = append(keys, Item{hash: it[hash], rang: it[rang]})
		}
	}
	return keys
}

// drop removes some items, and goes on until the database has taken all.
func (s Sweep) drop(ctx context.Context, keys []Item) error {
	var requests []types.WriteRequest
	for _, key := range keys {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key}})
	}
	for try := range sweepTries {
		out, err := s.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{s.Name: requests},
		})
		if err != nil {
			return Failed(err, "remove a zone's items")
		}
		if requests = out.UnprocessedItems[s.Name]; len(requests) == 0 {
			return nil
		}
		if err := s.Pause(ctx, time.Duration(try+1)*sweepPause); err != nil {
			return err
		}
	}
	return Busy("remove a zone's items")
}
