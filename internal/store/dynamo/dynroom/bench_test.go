package dynroom_test

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"

	"foyer/internal/testkit/dynamotest"
)

// BenchmarkRegistration compares registrations with bare conditional puts by the same client on the same database.
func BenchmarkRegistration(b *testing.B) {
	cloud := dynamotest.New(b)
	var made atomic.Uint64
	key := func() queue.Key {
		var id queue.VisitorID
		spread := made.Add(1) * 0x9E3779B97F4A7C15 // all over the shards, as random ids are
		binary.BigEndian.PutUint64(id[:], spread)
		binary.BigEndian.PutUint64(id[8:], spread)
		return queue.NewKey(8, 0, 1, id)
	}
	run := func(name string, write func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := write(); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
	places := cloud.Queue()
	run("register", func() error {
		_, err := places.Register(
			b.Context(),
			queue.Of{Zone: "main", Shards: 16},
			queue.Entry{Key: key(), RegisteredAt: soon, Conn: "L0SM9cOFvHcCIhw=", ConnAt: soon},
		)
		return err
	})
	run("bare", func() error {
		k := key()
		_, err := cloud.Client.PutItem(b.Context(), &dynamodb.PutItemInput{
			TableName: aws.String(cloud.Table("queue")), ConditionExpression: aws.String("attribute_not_exists(r)"),
			Item: map[string]types.AttributeValue{
				"shard": &types.AttributeValueMemberS{
					Value: fmt.Sprint("bare#", k[7]%16),
				}, "key": &types.AttributeValueMemberB{Value: k[:]},
				"r": &types.AttributeValueMemberN{Value: "1"}, "c": &types.AttributeValueMemberS{Value: "L0SM9cOFvHcCIhw="},
			},
		})
		return err
	})
}
