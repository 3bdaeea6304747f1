// Package dynamotest gives tests a real DynamoDB Local: one database per test process, started when first wanted, and
// fresh tables per test.
//
// The database deletes what has expired (places eight days after their time) within seconds: a test whose
// clock stands still must set it far in the future.
package dynamotest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/local/ddb"
	"foyer/infra/topology"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynclear"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/skip"
)

// Cloud is a test's own tables and a client to reach them.
type Cloud struct {
	Client   *dynamodb.Client
	Endpoint string
	Prefix   string // a table's name is Prefix + its name in the topology
}

// Table is the full name of a table of the topology.
func (c *Cloud) Table(name string) string { return c.Prefix + name }

// Queue is the queue store on the test's tables.
func (c *Cloud) Queue() *dynroom.Queue { return dynroom.NewQueue(c.Client, c.Table("queue")) }

// Log is the log of pages on the test's tables.
func (c *Cloud) Log() *dynroom.Log { return dynroom.NewLog(c.Client, c.Table("grants")) }

// Index is the index of the log on the test's tables.
func (c *Cloud) Index() *dynroom.Index {
	return dynroom.NewIndex(c.Client, c.Table("grants"), time.Now)
}

// Zones is the zones' store on the test's tables.
func (c *Cloud) Zones() *dynroom.Zones { return dynroom.NewZones(c.Client, c.Table("zones")) }

// Seats is the seats' store on the test's tables.
func (c *Cloud) Seats() *dynsale.Seats {
	s := dynsale.NewSeats(c.Client, c.Table("seats"), c.Table("holds"))
	s.Zones = c.Table("zones")
	return s
}

// Orders is the orders' store on the test's tables.
func (c *Cloud) Orders() *dynsale.Orders {
	return dynsale.NewOrders(c.Client, c.Table("orders"), c.Seats())
}

// Viewers is the viewers' store on the test's tables.
func (c *Cloud) Viewers() *dynsale.Viewers { return dynsale.NewViewers(c.Client, c.Table("viewers")) }

// Wakes is the wake-ups of idle zones, on the test's tables.
func (c *Cloud) Wakes() *dynroom.Wakes { return dynroom.NewWakes(c.Zones(), c.Queue(), time.Now) }

// Left is what is left of zones, on the test's tables.
func (c *Cloud) Left() *dynclear.Left {
	tables := map[string]string{}
	for _, t := range topology.Tables {
		tables[t.Name] = c.Table(t.Name)
	}
	atOnce := func(context.Context, time.Duration) error { return nil }
	return &dynclear.Left{Client: c.Client, Tables: tables, Pause: atOnce}
}

// Once is the store of work done, on the test's tables.
func (c *Cloud) Once() *dynsale.Once { return dynsale.NewOnce(c.Client, c.Table("jobs")) }

// With is the same tables by another client, such as one with a meter or with faults.
func (c *Cloud) With(options ...func(*dynamodb.Options)) *Cloud {
	return &Cloud{Client: Client(c.Endpoint, options...), Endpoint: c.Endpoint, Prefix: c.Prefix}
}

var (
	server  *ddb.Server
	missing error // a tool
	failure error
	once    sync.Once
	count   atomic.Int64
	shared  = sync.OnceValue(func() *dynamodb.Client { return Client(server.Endpoint) })
)

// Main runs a package's tests and stops the database: func TestMain(m *testing.M) { dynamotest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	if server != nil {
		server.Stop()
	}
	os.Exit(code)
}

// New gives a test tables of its own, which vanish with it. It skips the test where Java or Maven is missing. A
// package that uses it has dynamotest.Main as its TestMain.
func New(t testing.TB) *Cloud {
	t.Helper()
	endpoint := Endpoint(t)
	c := &Cloud{
		Client:   shared(),
		Endpoint: endpoint,
		Prefix:   fmt.Sprintf("test-%d-%d-%d-", os.Getpid(), time.Now().UnixNano(), count.Add(1)),
	}
	if err := dynamo.CreateTables(t.Context(), c.Client, c.Prefix); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.drop)
	return c
}

// Endpoint is where the process's database answers. It starts the database when there is none yet.
func Endpoint(t testing.TB) string {
	t.Helper()
	once.Do(func() {
		if missing = ddb.Missing(context.Background()); missing == nil {
			server, failure = ddb.Start(context.Background(), ddb.Options{Progress: os.Stderr})
		}
	})
	if missing != nil {
		skip.Because(t, "%v", missing)
	}
	if failure != nil {
		t.Fatal(failure)
	}
	return server.Endpoint
}

func (c *Cloud) drop() {
	for _, table := range topology.Tables {
		_, _ = c.Client.DeleteTable(
			context.Background(),
			&dynamodb.DeleteTableInput{TableName: aws.String(c.Table(table.Name))},
		)
	}
}

// Client is the real SDK client, with many connections, for the database at endpoint.
func Client(endpoint string, options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: &endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.Proxy, tr.MaxIdleConnsPerHost, tr.MaxIdleConns = nil, 100, 100
		}),
	}, options...)
}
