package dynsale

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

// countsItem lies among a map's items; a section can't be called so.
const countsItem = "~counts"

// AreCounts reports whether an item of the seats' table holds a zone's counts of seats left.
func AreCounts(it dynamo.Item) bool {
	r := dynamo.Reader{From: it}
	return r.Text("seat") == countsItem
}

// SaveCounts implements seat.Board. The condition: there are no counts yet, or older ones.
func (s *Seats) SaveCounts(ctx context.Context, zone string, c seat.Counts) error {
	data, err := json.Marshal(c.Free)
	if err != nil {
		return dynamo.Failed(err, "write counts")
	}
	it := mapKey(zone, countsItem)
	it["at"], it["data"] = dynamo.Millis(c.At), &types.AttributeValueMemberB{Value: data}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.seats, Item: it, ConditionExpression: aws.String("attribute_not_exists(#at) OR #at < :at"),
		ExpressionAttributeNames: map[string]string{"#at": "at"}, ExpressionAttributeValues: dynamo.Item{":at": it["at"]},
		ReturnValuesOnConditionCheckFailure: allOld,
	})
	if _, isRefused := dynamo.Refused(err); isRefused {
		return nil
	}
	return dynamo.Failed(err, "write counts")
}

// Counts implements seat.Board. It may miss the last write for a moment: counts are old anyway.
func (s *Seats) Counts(ctx context.Context, zone string) (seat.Counts, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.seats, Key: mapKey(zone, countsItem)})
	if err != nil || len(out.Item) == 0 {
		return seat.Counts{}, dynamo.Failed(err, "read counts")
	}
	r, c := dynamo.Reader{From: out.Item}, seat.Counts{}
	c.At = r.Time("at")
	data, ok := out.Item["data"].(*types.AttributeValueMemberB)
	if !ok {
		return seat.Counts{}, dynamo.Failed(fmt.Errorf("the counts of zone %q have no data", zone), "read counts")
	}
	if err := json.Unmarshal(data.Value, &c.Free); err != nil {
		return seat.Counts{}, dynamo.Failed(err, "read counts")
	}
	return c, dynamo.Failed(r.Err, "read counts")
}

var _ seat.Board = (*Seats)(nil)
