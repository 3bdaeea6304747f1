package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/store/contract"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

func TestTablesAreMadeAsDeclaredAndMayBeMadeAgain(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	contract.Must(t, dynamo.CreateTables(t.Context(), cloud.Client, cloud.Prefix))
	for _, table := range topology.Tables {
		name := aws.String(cloud.Table(table.Name))
		made, err := cloud.Client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: name})
		contract.Must(t, err)
		if stream := made.Table.StreamSpecification; (stream != nil) != (table.Stream != "") ||
			stream != nil && string(stream.StreamViewType) != string(table.Stream) {
			t.Errorf("%s has the stream %+v", table.Name, stream)
		}
		ttl, err := cloud.Client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: name})
		contract.Must(t, err)
		if got := aws.ToString(ttl.TimeToLiveDescription.AttributeName); got != table.TTL {
			t.Errorf("%s lives by %q", table.Name, got)
		}
	}
}
