package dynsale

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/once"
	"foyer/internal/store/dynamo"
)

// Once is once.Store on DynamoDB: an item for each piece of work.
type Once struct {
	client *dynamodb.Client
	table  string
}

// NewOnce returns a store that remembers work in table.
func NewOnce(client *dynamodb.Client, table string) *Once { return &Once{client: client, table: table} }

var _ once.Store = (*Once)(nil)

// onceRecord is a piece of work as stored; times in ms, TTL in seconds.
type onceRecord struct {
	Owner string `dynamodbav:"owner"`
	Until int64  `dynamodbav:"until"`
	Done  int64  `dynamodbav:"done"`
}

// keepFrom returns the TTL attribute of work, in seconds.
func keepFrom(t time.Time) types.AttributeValue {
	return dynamo.Number(t.Add(once.Kept).Unix())
}

// Begin implements once.Store. The condition: the work isn't done, and nobody has begun it, or the same owner has, or
// the time of the one who has is over.
func (o *Once) Begin(ctx context.Context, work, owner string, now, until time.Time) error {
	_, err := o.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &o.table, Key: dynamo.Item{"job": dynamo.Text(work)},
		UpdateExpression: aws.String("SET #owner = :owner, #until = :until, #ttl = :ttl"),
		ConditionExpression: aws.String(
			"attribute_not_exists(done) AND (attribute_not_exists(job) OR #owner = :owner OR #until <= :now)"),
		ExpressionAttributeNames: map[string]string{"#owner": "owner", "#until": "until", "#ttl": "ttl"},
		ExpressionAttributeValues: dynamo.Item{
			":owner": dynamo.Text(owner), ":until": dynamo.Millis(until), ":now": dynamo.Millis(now), ":ttl": keepFrom(now),
		},
		ReturnValuesOnConditionCheckFailure: allOld,
	})
	stands, isRefused := dynamo.Refused(err)
	if !isRefused {
		return dynamo.Failed(err, "begin work")
	}
	var have onceRecord
	if err := attributevalue.UnmarshalMap(stands, &have); err != nil {
		return dynamo.Failed(err, "begin work")
	}
	if have.Done > 0 {
		return once.ErrDone
	}
	return &once.BusyError{Until: time.UnixMilli(have.Until)}
}

// Finish implements once.Store.
func (o *Once) Finish(ctx context.Context, work, note string, now time.Time) error {
	return o.unlessDone(ctx, &dynamodb.UpdateItemInput{
		Key:                      dynamo.Item{"job": dynamo.Text(work)},
		UpdateExpression:         aws.String("SET done = :now, note = :note, #ttl = :ttl"),
		ConditionExpression:      aws.String("attribute_not_exists(done)"),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: dynamo.Item{
			":now": dynamo.Millis(now), ":note": dynamo.Text(note), ":ttl": keepFrom(now),
		},
	}, "finish work")
}

// Release implements once.Store. Finished work is never begun again, whenever its time is over.
func (o *Once) Release(ctx context.Context, work, owner string) error {
	return o.unlessDone(ctx, &dynamodb.UpdateItemInput{
		Key:                      dynamo.Item{"job": dynamo.Text(work)},
		UpdateExpression:         aws.String("SET #until = :never"),
		ConditionExpression:      aws.String("#owner = :owner"),
		ExpressionAttributeNames: map[string]string{"#owner": "owner", "#until": "until"},
		ExpressionAttributeValues: dynamo.Item{
			":never": dynamo.Millis(time.UnixMilli(0)), ":owner": dynamo.Text(owner),
		},
	}, "release work")
}

// unlessDone writes; a failed condition means that there is nothing to do: the work is done, or is another owner's.
func (o *Once) unlessDone(ctx context.Context, in *dynamodb.UpdateItemInput, what string) error {
	in.TableName = &o.table
	_, err := o.client.UpdateItem(ctx, in)
	if _, isRefused := dynamo.Refused(err); isRefused {
		return nil
	}
	return dynamo.Failed(err, what)
}
