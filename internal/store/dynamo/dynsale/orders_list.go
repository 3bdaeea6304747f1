package dynsale

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/sale/order"
	"foyer/internal/store/dynamo"
)

// ListOpen implements order.Store.
func (s *Orders) ListOpen(ctx context.Context, zone string) (open []order.OpenOrder, err error) {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(openIndex),
		KeyConditionExpression:    aws.String("#open = :zone"),
		ExpressionAttributeNames:  map[string]string{"#open": "open"},
		ExpressionAttributeValues: dynamo.Item{":zone": dynamo.Text(zone)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "look for open orders")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			open = append(open, order.OpenOrder{State: order.State(r.Text("state")), OverdueFrom: r.Time("since")})
			if r.Err != nil {
				return nil, dynamo.Failed(r.Err, "look for open orders")
			}
		}
	}
	return open, nil
}

// All returns every order of the zone, each as it was at some moment of the reading. It reads the whole table,
// consistently: it is for audits, and no function may do it.
func (s *Orders) All(ctx context.Context, zone string) (all []order.Order, err error) {
	scan := dynamodb.NewScanPaginator(s.client, &dynamodb.ScanInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("#zone = :zone"),
		ExpressionAttributeNames:  map[string]string{"#zone": "zone"},
		ExpressionAttributeValues: dynamo.Item{":zone": dynamo.Text(zone)},
	})
	for scan.HasMorePages() {
		out, err := scan.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "list orders")
		}
		for _, it := range out.Items {
			o, err := DecodeOrder(it)
			if err != nil {
				return nil, dynamo.Failed(err, "list orders")
			}
			all = append(all, o)
		}
	}
	return all, nil
}
