package dynsale

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
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
	query := &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(emailIndex), KeyConditionExpression: aws.String("emailHash = :hash"),
		ExpressionAttributeValues: dynamo.Item{":hash": dynamo.Text(emailHash)},
		ScanIndexForward:          aws.Bool(false), Limit: aws.Int32(int32(limit)),
	}
	made, err := s.found(ctx, limit, query, "id")
	if err != nil {
		return nil, err
	}
	corrected, err := s.found(ctx, maxCorrected, &dynamodb.QueryInput{
		TableName: &s.seats.holds, KeyConditionExpression: aws.String("buyer = :hash"),
		ExpressionAttributeValues: dynamo.Item{":hash": dynamo.Text(correctedTo + emailHash)},
	}, "item")
	if err != nil {
		return nil, err
	}
	all := append(made, corrected...)
	slices.SortStableFunc(all, func(a, b foundOrder) int { return cmp.Compare(b.at, a.at) })
	return idsOf(all[:min(limit, len(all))]), nil
}

// correctedTo begins the partition of the orders whose address was corrected to one; its hash follows. Of each address
// maxCorrected are found at most.
const (
	correctedTo  = "~corrected#"
	maxCorrected = 1000
)

// corrected returns the writes by which an order is found by the addresses that it was corrected to.
func (s *Orders) corrected(before, after order.Order) (items []types.TransactWriteItem) {
	key := func(hash string) dynamo.Item {
		return dynamo.Item{"buyer": dynamo.Text(correctedTo + hash), "item": dynamo.Text(after.ID)}
	}
	for _, hash := range after.Corrected {
		if !slices.Contains(before.Corrected, hash) {
			it := key(hash)
			it["createdAt"], it["ttl"] = dynamo.Millis(after.CreatedAt), keptFrom(after)
			items = append(items, types.TransactWriteItem{Put: &types.Put{TableName: &s.seats.holds, Item: it}})
		}
	}
	for _, hash := range before.Corrected { // no function does this: only an operator erases
		if !slices.Contains(after.Corrected, hash) {
			gone := &types.Delete{TableName: &s.seats.holds, Key: key(hash)}
			items = append(items, types.TransactWriteItem{Delete: gone})
		}
	}
	return items
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
func (s *Orders) ids(ctx context.Context, limit int, query *dynamodb.QueryInput) ([]string, error) {
	found, err := s.found(ctx, limit, query, "id")
	return idsOf(found), err
}

// foundOrder is an order that a query found, and when it was made, ms, as far as the query says so.
type foundOrder struct {
	id string
	at int64
}

func idsOf(found []foundOrder) (ids []string) {
	for _, o := range found {
		ids = append(ids, o.id)
	}
	return ids
}

// found returns up to limit orders that a query finds, whose ids are an attribute of that name.
func (s *Orders) found(
	ctx context.Context, limit int, query *dynamodb.QueryInput, name string,
) (found []foundOrder, err error) {
	pages := dynamodb.NewQueryPaginator(s.client, query)
	for pages.HasMorePages() && len(found) < limit {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "look for orders")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			one := foundOrder{id: r.Text(name)}
			if it["createdAt"] != nil {
				one.at = r.Number("createdAt")
			}
			found = append(found, one)
		}
	}
	return found[:min(limit, len(found))], nil
}
