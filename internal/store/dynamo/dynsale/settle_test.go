package dynsale_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
)

// While a zone is cleared its holds may go before its seats: what is still locked then is not sold.
func TestNothingIsSoldWithoutAHold(t *testing.T) {
	t.Parallel()
	cloud, ctx := dynamotest.New(t), t.Context()
	s := cloud.Seats()
	must(t, s.Lock(ctx, planFor(t, "me", "a-1-1")))
	_, err := cloud.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(cloud.Table("holds")),
		Key:       dynamo.Item{"buyer": dynamo.Text("main#me"), "item": dynamo.Text("hold")},
	})
	must(t, err)
	st := seat.Settlement{Zone: "main", Buyer: "me", Order: "o", Seats: []string{"a-1-1"}, Limit: 8}
	if err := s.Settle(ctx, st); problem.CodeOf(err) != problem.Limit {
		t.Errorf("settled: %v", err)
	}
	seats, err := s.Snapshot(ctx, "main", "a")
	if err != nil || len(seats) != 1 || seats[0].Order != "" {
		t.Errorf("%+v, %v", seats, err)
	}
}
