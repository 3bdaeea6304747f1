package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

func TestTablesAreMadeAsDeclaredAndMayBeMadeAgain(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	must(t, dynamo.CreateTables(t.Context(), cloud.Client, cloud.Prefix))
	for _, table := range topology.Tables {
		name := aws.String(cloud.Table(table.Name))
		made, err := cloud.Client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: name})
		must(t, err)
		if stream := made.Table.StreamSpecification; (stream != nil) != (table.Stream != "") || stream != nil && string(stream.StreamViewType) != string(table.Stream) {
			t.Errorf("%s has the stream %+v", table.Name, stream)
		}
		ttl, err := cloud.Client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: name})
		must(t, err)
		if got := aws.ToString(ttl.TimeToLiveDescription.AttributeName); got != table.TTL {
			t.Errorf("%s lives by %q", table.Name, got)
		}
	}
}

func TestTheMeterSumsWhatRequestsConsume(t *testing.T) {
	t.Parallel()
	cloud, meter := dynamotest.New(t), &meter.Meter{}
	metered := cloud.With(meter.Option)
	places, ctx := metered.Queue(), t.Context()
	entry := queue.Entry{Key: fullPage(1, "").Called, RegisteredAt: soon, Conn: "c", ConnAt: soon}
	check := func(after string, want meter.Units) {
		t.Helper()
		if got := meter.Table(cloud.Table("queue")); got != want {
			t.Errorf("after %s: %+v, want %+v", after, got, want)
		}
	}
	_, err := places.Register(ctx, "main", 1, entry)
	must(t, err)
	check("a registration", meter.Units{Write: 1, Requests: 1})
	_, err = places.Register(ctx, "main", 1, entry)
	must(t, err)
	check("a failed condition", meter.Units{Write: 2, Requests: 2})
	_, err = places.Head(ctx, "main", 0, queue.Key{}, 10)
	must(t, err)
	check("a consistent read", meter.Units{Read: 1, Write: 2, Requests: 3})
	must(t, places.Scan(ctx, "main", 0, func([]queue.Key) error { return nil }))
	check("an eventually consistent read", meter.Units{Read: 1.5, Write: 2, Requests: 4})
	_, err = metered.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		removal(cloud, 1), removal(cloud, 2), removal(cloud, 3),
	}})
	must(t, err)
	check("a transaction", meter.Units{Read: 1.5, Write: 8, Requests: 5})
	if total := meter.Total(); total != meter.Table(cloud.Table("queue")) {
		t.Errorf("in all %+v", total)
	}
	meter.Reset()
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
