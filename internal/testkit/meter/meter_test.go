package meter_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"
	"foyer/internal/store/contract"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

func TestTheMeterSumsWhatRequestsConsume(t *testing.T) {
	t.Parallel()
	cloud, used := dynamotest.New(t), &meter.Meter{}
	metered := cloud.With(used.Option)
	places, ctx := metered.Queue(), t.Context()
	entry := queue.Entry{Key: contract.Visitor(1), RegisteredAt: contract.Start, Conn: "c", ConnAt: contract.Start}
	check := func(after string, want meter.Units) {
		t.Helper()
		if got := used.Table(cloud.Table("queue")); got != want {
			t.Errorf("after %s: %+v, want %+v", after, got, want)
		}
	}
	_, err := places.Register(ctx, queue.Of{Zone: "main", Shards: 1}, entry)
	contract.Must(t, err)
	check("a registration", meter.Units{Write: 1, Requests: 1})
	_, err = places.Register(ctx, queue.Of{Zone: "main", Shards: 1}, entry)
	contract.Must(t, err)
	check("a failed condition", meter.Units{Write: 2, Requests: 2})
	_, err = places.Head(ctx, "main", 0, queue.Key{}, 10)
	contract.Must(t, err)
	check("a consistent read", meter.Units{Read: 1, Write: 2, Requests: 3})
	contract.Must(t, places.Scan(ctx, "main", 0, func([]queue.Key) error { return nil }))
	check("an eventually consistent read", meter.Units{Read: 1.5, Write: 2, Requests: 4})
	_, err = metered.Client.TransactWriteItems(
		ctx,
		&dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			removal(cloud, 1), removal(cloud, 2), removal(cloud, 3),
		}},
	)
	contract.Must(t, err)
	check("a transaction", meter.Units{Read: 1.5, Write: 8, Requests: 5})
	if total := used.Total(); total != used.Table(cloud.Table("queue")) {
		t.Errorf("in all %+v", total)
	}
	used.Reset()
	check("a reset", meter.Units{})
}

// removal deletes a place that isn't there.
func removal(cloud *dynamotest.Cloud, n byte) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{
		TableName: aws.String(cloud.Table("queue")),
		Key: map[string]types.AttributeValue{
			"shard": &types.AttributeValueMemberS{Value: "main#0"},
			"key":   &types.AttributeValueMemberB{Value: []byte{n}},
		},
	}}
}
