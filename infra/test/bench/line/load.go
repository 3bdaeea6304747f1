package line

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/queue"
)

const (
	batchSize = 25 // items of one BatchWriteItem
	loaders   = 6
)

// load puts n places into a zone's queue by batch, far faster than by registering. Visitor i arrived i places after
// the first, a millisecond for each ten.
func load(ctx context.Context, e *measure.Env, d *measure.Database, of queue.Of, n int, first time.Time) error {
	client, table := d.Client(), d.Prefix+"queue"
	began, done := time.Now(), atomic.Int64{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(loaders)
	for from := 0; from < n && ctx.Err() == nil; from += batchSize {
		group.Go(func() error {
			if err := batch(ctx, client, table, of, from, min(from+batchSize, n), first); err != nil {
				return err
			}
			if total := done.Add(batchSize); total%100_000 == 0 {
				fmt.Fprintf(e.Progress, "  %s places written, %.0f a second\n", measure.Thousands(total),
					float64(total)/time.Since(began).Seconds())
			}
			return nil
		})
	}
	return group.Wait()
}

func batch(ctx context.Context, c *dynamodb.Client, table string, of queue.Of, from, to int,
	first time.Time) error {
	var writes []types.WriteRequest
	for n := from; n < to; n++ {
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: placeItem(of, loaded(n, first))}})
	}
	for len(writes) > 0 {
		out, err := c.BatchWriteItem(ctx,
			&dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: writes}})
		if err != nil {
			return err
		}
		writes = out.UnprocessedItems[table]
	}
	return nil
}

// loaded is the n-th place that load writes.
func loaded(n int, first time.Time) queue.Entry {
	at := first.Add(time.Duration(n/10) * time.Millisecond).Truncate(time.Millisecond)
	return queue.Entry{
		Key:  queue.NewKey(queue.DefaultPriority, 0, uint64(at.UnixMilli()), visitorID(n)),
		Conn: connection(n), ConnAt: at, RegisteredAt: at,
	}
}

// placeItem is a place as package dynamo keeps it; check holds the two together.
func placeItem(of queue.Of, e queue.Entry) map[string]types.AttributeValue {
	number := func(n int64) types.AttributeValue { return &types.AttributeValueMemberN{Value: fmt.Sprint(n)} }
	return map[string]types.AttributeValue{
		"shard": &types.AttributeValueMemberS{Value: fmt.Sprintf("%s#%d", of.Zone, e.Key.Visitor().Shard(of.Shards))},
		"key":   &types.AttributeValueMemberB{Value: e.Key[:]},
		"r":     number(e.RegisteredAt.UnixMilli()),
		"c":     &types.AttributeValueMemberS{Value: e.Conn},
		"ca":    number(e.ConnAt.UnixMilli()),
		"ttl":   number(e.RegisteredAt.Add(8 * 24 * time.Hour).Unix()),
	}
}

// check reports whether the queue reads back what load wrote.
func check(ctx context.Context, q queue.Store, of queue.Of, n int, first time.Time) error {
	want := loaded(n, first)
	got, found, err := q.Get(ctx, of, want.Key)
	switch {
	case err != nil:
		return err
	case !found, got.Conn != want.Conn, !got.RegisteredAt.Equal(want.RegisteredAt), !got.ConnAt.Equal(want.ConnAt):
		return fmt.Errorf("the queue reads back %+v, not %+v", got, want)
	}
	return nil
}

// number is n of visitorID(n).
func number(v queue.VisitorID) int {
	n := 0
	for _, b := range v[8:] {
		n = n<<8 | int(b)
	}
	return n
}
