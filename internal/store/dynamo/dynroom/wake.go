package dynroom

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo"
)

// Wakes is zone.Wakes on DynamoDB. Its items lie beside the places, in a partition of their own: who registers visitors
// writes there anyway.
type Wakes struct {
	zones *Zones
	queue *Queue
	now   func() time.Time
}

// NewWakes returns the wake-ups of idle zones.
func NewWakes(zones *Zones, queue *Queue, now func() time.Time) *Wakes {
	return &Wakes{zones, queue, now}
}

var _ zone.Wakes = (*Wakes)(nil)

// wakeShard is where the wake-ups lie: no zone can have that name.
const wakeShard = "~wake"

// Idle implements zone.Wakes.
func (w *Wakes) Idle(ctx context.Context, name string) (bool, error) {
	out, err := w.zones.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &w.zones.table, Key: zoneKey(name, statusItem), ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String("idle"),
	})
	if err != nil {
		return false, dynamo.Failed(err, "read whether a zone is idle")
	}
	return out.Item["idle"] != nil, nil
}

// Wake implements zone.Wakes.
func (w *Wakes) Wake(ctx context.Context, name string) error {
	_, err := w.queue.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &w.queue.table,
		Key: dynamo.Item{
			"shard": dynamo.Text(wakeShard), "key": &types.AttributeValueMemberB{Value: []byte(name)},
		},
		UpdateExpression:         aws.String("ADD n :one SET #ttl = :ttl"),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: dynamo.Item{
			":one": dynamo.Number(1), ":ttl": dynamo.Expiry(w.now(), dynamo.KeepPlace),
		},
	})
	return dynamo.Failed(err, "wake a zone")
}

// Woken implements zone.Wakes.
func (w *Wakes) Woken(ctx context.Context) (map[string]int64, error) {
	pages := dynamodb.NewQueryPaginator(w.queue.client, &dynamodb.QueryInput{
		TableName: &w.queue.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#shard = :wake"),
		ExpressionAttributeNames:  map[string]string{"#shard": "shard"},
		ExpressionAttributeValues: dynamo.Item{":wake": dynamo.Text(wakeShard)},
	})
	woken := map[string]int64{}
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "read which zones were woken")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			if name, ok := it["key"].(*types.AttributeValueMemberB); ok {
				woken[string(name.Value)] = r.Number("n")
			}
			if r.Err != nil {
				return nil, dynamo.Failed(r.Err, "read which zones were woken")
			}
		}
	}
	return woken, nil
}
