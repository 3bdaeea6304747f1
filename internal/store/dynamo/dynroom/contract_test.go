package dynroom_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/contract/roomtest"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// While the contracts run, what the stores write is held against the legend of every table's attributes.
func TestContracts(t *testing.T) {
	t.Parallel()
	legends := dynamotest.Legends{Tables: []string{"zones", "queue", "grants"}}
	t.Cleanup(func() { legends.Complete(t) })
	contracts(t, func(t *testing.T) *dynamotest.Cloud { return legends.Watch(t, dynamotest.New(t)) })
}

func TestContractsWhenEveryWriteIsSentTwice(t *testing.T) {
	t.Parallel()
	contracts(t, fresh(dynamotest.SendTwice))
}

// fresh gives each test tables of its own, by a client with these options.
func fresh(options ...func(*dynamodb.Options)) func(t *testing.T) *dynamotest.Cloud {
	return func(t *testing.T) *dynamotest.Cloud { return dynamotest.New(t).With(options...) }
}

// contracts runs every suite, reading a little at a time so that every read takes several pages.
func contracts(t *testing.T, fresh func(t *testing.T) *dynamotest.Cloud) {
	t.Run("queue", func(t *testing.T) {
		roomtest.Queue(t, func(t *testing.T) queue.Store { return fresh(t).Queue().ScanBy(60) })
	})
	t.Run("log", func(t *testing.T) {
		roomtest.Log(t, func(t *testing.T) bucket.Log { return fresh(t).Log().ReadBy(5) })
	})
	t.Run("index", func(t *testing.T) {
		roomtest.Index(t, func(t *testing.T) bucket.Index { return fresh(t).Index() })
	})
	t.Run("zones", func(t *testing.T) {
		roomtest.Zones(t, func(t *testing.T) zone.Store { return fresh(t).Zones() })
	})
	t.Run("wakes", func(t *testing.T) {
		c := fresh(t)
		roomtest.Wakes(t, c.Zones(), c.Wakes())
	})
	t.Run("rules", func(t *testing.T) {
		zones := fresh(t).Zones()
		roomtest.Rules(t, zones, zones)
	})
}
