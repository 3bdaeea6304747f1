package dynsale

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

// houseParallel is how many seats are held or released at once: an operator's command, not a buyer's.
const houseParallel = 16

// House implements seat.Store: one conditional write a seat. To release a seat, the house must hold it and nobody have
// bought it; to hold one, nobody may have bought it, and nobody hold it longer than until now.
func (s *Seats) House(
	ctx context.Context, zone, label string, seats []string, release bool, now time.Time,
) ([]string, error) {
	var mu sync.Mutex
	var left []string
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(houseParallel)
	for _, id := range seats {
		group.Go(func() error {
			done, err := s.houseOne(ctx, zone, seat.House+label, id, release, now)
			if err == nil && !done {
				mu.Lock()
				left = append(left, id)
				mu.Unlock()
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, dynamo.Failed(err, "hold seats for the house")
	}
	slices.Sort(left)
	return left, nil
}

func (s *Seats) houseOne(
	ctx context.Context, zone, holder, id string, release bool, now time.Time,
) (done bool, err error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.seats, Key: seatKey(zone, id), ReturnValuesOnConditionCheckFailure: allOld,
		UpdateExpression:    aws.String("SET #ttl = :ttl, v = v + :one, c = :now REMOVE h, u, x"),
		ConditionExpression: aws.String("h = :house AND attribute_not_exists(o)"), ExpressionAttributeNames: ttlName,
		ExpressionAttributeValues: dynamo.Item{
			":ttl":   kept(now),
			":house": dynamo.Text(holder), ":one": dynamo.Number(1), ":now": dynamo.Millis(now),
		},
	}
	if !release { // as in take, u <= :now is an expired lock
		in.UpdateExpression = aws.String("SET #ttl = :ttl, h = :house, u = :ever, c = :now, " +
			"v = if_not_exists(v, :zero) + :one REMOVE x")
		in.ConditionExpression = aws.String("attribute_not_exists(o) AND (attribute_not_exists(h) OR u <= :now)")
		in.ExpressionAttributeValues[":ever"] = dynamo.Millis(seat.Forever)
		in.ExpressionAttributeValues[":zero"] = dynamo.Number(0)
	}
	_, err = s.client.UpdateItem(ctx, in)
	stands, isRefused := dynamo.Refused(err)
	if !isRefused {
		return err == nil, err
	}
	r := dynamo.Reader{From: stands}
	there, order := r.Text("h"), r.Text("o")
	if release {
		return there == "" && order == "", r.Err // nobody holds it: it was released before
	}
	return there == holder && order == "", r.Err
}
