package dynsale

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/problem"
	"foyer/internal/store/dynamo"
)

// The indexes by which people's questions find orders.
const (
	emailIndex = "email"
	madeIndex  = "made"
)

// ByNumber implements order.Store.
func (s *Orders) ByNumber(ctx context.Context, number string) (string, error) {
	it, err := dynamo.Get(ctx, s.client, s.seats.holds, numberKey(number))
	if err != nil {
		return "", dynamo.Failed(err, "look for an order")
	}
	r := dynamo.Reader{From: it}
	if id := r.Text("o"); id != "" || r.Err != nil {
		return id, dynamo.Failed(r.Err, "look for an order")
	}
	return "", problem.New(problem.NotFound, "there is no order %s", number)
}

// ByEmail implements order.Store.
func (s *Orders) ByEmail(ctx context.Context, emailHash string, limit int) ([]string, error) {
	return s.latestIn(ctx, limit, &dynamodb.QueryInput{
		IndexName: aws.String(emailIndex), KeyConditionExpression: aws.String("emailHash = :hash"),
		ExpressionAttributeValues: dynamo.Item{":hash": dynamo.Text(emailHash)},
	})
}

// Made implements order.Store.
func (s *Orders) Made(ctx context.Context, zone string, from, to time.Time, limit int) ([]string, error) {
	last := to.Add(-time.Millisecond) // BETWEEN includes both ends
	if last.Before(from) {
		return nil, nil
	}
	return s.latestIn(ctx, limit, &dynamodb.QueryInput{
		IndexName:                aws.String(madeIndex),
		KeyConditionExpression:   aws.String("#zone = :zone AND createdAt BETWEEN :from AND :to"),
		ExpressionAttributeNames: map[string]string{"#zone": "zone"},
		ExpressionAttributeValues: dynamo.Item{
			":zone": dynamo.Text(zone), ":from": dynamo.Millis(from), ":to": dynamo.Millis(last),
		},
	})
}

// latestIn returns up to limit ids that a query finds in an index, the latest first.
func (s *Orders) latestIn(ctx context.Context, limit int, query *dynamodb.QueryInput) (ids []string, err error) {
	query.TableName, query.ScanIndexForward, query.Limit = &s.table, aws.Bool(false), aws.Int32(int32(limit))
	return s.ids(ctx, limit, query)
}

// ids returns up to limit ids that a query finds.
func (s *Orders) ids(ctx context.Context, limit int, query *dynamodb.QueryInput) (ids []string, err error) {
	pages := dynamodb.NewQueryPaginator(s.client, query)
	for pages.HasMorePages() && len(ids) < limit {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "look for orders")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			ids = append(ids, r.Text("id"))
		}
	}
	return ids[:min(limit, len(ids))], nil
}
