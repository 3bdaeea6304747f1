package dynroom

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"
	"foyer/internal/store/dynamo"
)

// Queue is queue.Store on DynamoDB. An item is a place; topology.Items says what its attributes mean.
type Queue struct {
	client *dynamodb.Client
	table  string
	limit  *int32 // items a scan reads at once; nil: as many as fit, 1 MB. Tests make it small.
}

// NewQueue returns the queue of every zone, kept in table.
func NewQueue(client *dynamodb.Client, table string) *Queue {
	return &Queue{client: client, table: table}
}

var _ queue.Store = (*Queue)(nil)

// Expressions of the queue's writes. An HTTP registration has no connection and never touches one.
const (
	setPlace      = "SET r = if_not_exists(r, :r), #ttl = if_not_exists(#ttl, :ttl)" // a first registration's time stays
	setConnection = ", c = :c, ca = :ca"
	setAsked      = ", a = :a"
	isNewer       = "(attribute_not_exists(ca) OR ca < :ca)" // the connection was made later than the one stored
	isThere       = "attribute_exists(r)"                    // the place exists
)

func shardName(zone string, shard int) string { return fmt.Sprintf("%s#%d", zone, shard) }

// place returns the primary key of a visitor's place.
func place(of queue.Of, key queue.Key) dynamo.Item {
	return dynamo.Item{"shard": dynamo.Text(shardName(of.Zone, key.Visitor().Shard(of.Shards))), "key": dynamo.Binary(key)}
}

// Register implements queue.Store.
func (q *Queue) Register(ctx context.Context, of queue.Of, e queue.Entry) (queue.Entry, error) {
	stands, err := q.register(ctx, of, e, false)
	if err != nil {
		return queue.Entry{}, dynamo.Failed(err, "register a place")
	}
	entry, err := entryOf(stands)
	return entry, dynamo.Failed(err, "register a place")
}

// Reconnect implements queue.Store.
func (q *Queue) Reconnect(ctx context.Context, of queue.Of, e queue.Entry) (bool, error) {
	stands, err := q.register(ctx, of, e, true)
	return len(stands) > 0, dynamo.Failed(err, "reconnect a place")
}

// register writes a place, or where it must exist already only its connection, and returns the item as it stands
// after that: nil when it had to exist and doesn't.
func (q *Queue) register(ctx context.Context, of queue.Of, e queue.Entry, mustExist bool) (dynamo.Item, error) {
	update, conditions := setPlace, []string{}
	values := dynamo.Item{":r": dynamo.Millis(e.RegisteredAt), ":ttl": dynamo.Expiry(e.RegisteredAt, dynamo.KeepPlace)}
	if mustExist {
		conditions = append(conditions, isThere)
	}
	if e.Conn != "" {
		values[":c"], values[":ca"] = dynamo.Text(e.Conn), dynamo.Millis(e.ConnAt)
		update += setConnection
		conditions = append(conditions, isNewer)
	}
	if !e.AskedAt.IsZero() {
		values[":a"] = dynamo.Millis(e.AskedAt)
		update += setAsked
	}
	var condition *string
	if len(conditions) > 0 {
		condition = aws.String(strings.Join(conditions, " AND "))
	}
	out, err := q.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &q.table, Key: place(of, e.Key),
		UpdateExpression: &update, ConditionExpression: condition,
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"}, ExpressionAttributeValues: values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	// The condition fails when the place has this connection already or a newer one. This is where a registration whose
	// reply was lost is recognised as one's own: the item that stands in the way is the visitor's own place, since its
	// key holds the visitor id, and it is returned as the answer that was lost.
	if stands, isRefused := dynamo.Refused(err); isRefused {
		return stands, nil
	}
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// Head implements queue.Store.
func (q *Queue) Head(ctx context.Context, zone string, shard int, after queue.Key, limit int) ([]queue.Entry, error) {
	input := q.shardAfter(zone, shard, after)
	input.ConsistentRead = aws.Bool(true)
	var head []queue.Entry
	for limit > 0 {
		input.Limit = aws.Int32(int32(limit))
		out, err := q.client.Query(ctx, input)
		if err != nil {
			return nil, dynamo.Failed(err, "read the head of a shard")
		}
		for _, it := range out.Items {
			e, err := entryOf(it)
			if err != nil {
				return nil, dynamo.Failed(err, "read the head of a shard")
			}
			head = append(head, e)
		}
		if limit -= len(out.Items); len(out.LastEvaluatedKey) == 0 {
			break
		}
		input.ExclusiveStartKey = out.LastEvaluatedKey
	}
	return head, nil
}

// shardAfter reads the places of a shard with keys greater than after, in order.
func (q *Queue) shardAfter(zone string, shard int, after queue.Key) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName:                 &q.table,
		KeyConditionExpression:    aws.String("#shard = :shard AND #key > :after"),
		ExpressionAttributeNames:  map[string]string{"#shard": "shard", "#key": "key"},
		ExpressionAttributeValues: dynamo.Item{":shard": dynamo.Text(shardName(zone, shard)), ":after": dynamo.Binary(after)},
	}
}

// entryOf takes a place's item apart.
func entryOf(it dynamo.Item) (queue.Entry, error) {
	r := dynamo.Reader{From: it}
	e := queue.Entry{
		Key: r.Key("key"), Conn: r.Text("c"), ConnAt: r.Time("ca"), RegisteredAt: r.Time("r"), AskedAt: r.Time("a"),
	}
	return e, r.Err
}

// Get implements queue.Store.
func (q *Queue) Get(ctx context.Context, of queue.Of, key queue.Key) (queue.Entry, bool, error) {
	it, err := dynamo.Get(ctx, q.client, q.table, place(of, key))
	if err != nil || len(it) == 0 {
		return queue.Entry{}, false, dynamo.Failed(err, "read a place")
	}
	e, err := entryOf(it)
	return e, err == nil, dynamo.Failed(err, "read a place")
}

// Remove implements queue.Store.
func (q *Queue) Remove(ctx context.Context, of queue.Of, key queue.Key) error {
	_, err := q.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &q.table, Key: place(of, key)})
	return dynamo.Failed(err, "remove a place")
}

// RemoveConn implements queue.Store.
func (q *Queue) RemoveConn(ctx context.Context, of queue.Of, key queue.Key, conn string) (bool, error) {
	input := &dynamodb.DeleteItemInput{ // the place has the connection still, or has none still
		TableName: &q.table, Key: place(of, key),
		ConditionExpression:                 aws.String("attribute_not_exists(c)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if conn != "" {
		input.ConditionExpression = aws.String("c = :c")
		input.ExpressionAttributeValues = dynamo.Item{":c": dynamo.Text(conn)}
	}
	_, err := q.client.DeleteItem(ctx, input)
	if stands, isRefused := dynamo.Refused(err); isRefused {
		return len(stands) == 0, nil
	}
	return err == nil, dynamo.Failed(err, "remove a place with its connection")
}

// Scan implements queue.Store.
func (q *Queue) Scan(ctx context.Context, zone string, shard int, visit func([]queue.Key) error) error {
	input := q.shardAfter(zone, shard, queue.Key{})
	input.ProjectionExpression, input.Limit = aws.String("#key"), q.limit
	var keys []queue.Key
	for {
		out, err := q.client.Query(ctx, input)
		if err != nil {
			return dynamo.Failed(err, "scan a shard")
		}
		keys = keys[:0]
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			if keys = append(keys, r.Key("key")); r.Err != nil {
				return dynamo.Failed(r.Err, "scan a shard")
			}
		}
		if len(keys) > 0 {
			if err := visit(keys); err != nil {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		input.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
