package measure

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/bundle"
	"foyer/infra/local/aws"
	"foyer/infra/local/ddb"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/meter"
)

// heapMB is the Java heap of the database: a million places are read and written in large requests.
const heapMB = 1500

// Env is shared by all sections.
type Env struct {
	Quick    bool // a smoke test
	Progress io.Writer
	Root     string // the module's folder

	server *ddb.Server
	prefix int // of table names, counts up
}

// NewEnv finds the module's folder. Nothing is started yet.
func NewEnv(quick bool, progress io.Writer) (*Env, error) {
	root, err := bundle.Root()
	return &Env{Quick: quick, Progress: progress, Root: root}, err
}

// Close ends the database, if it was started.
func (e *Env) Close() {
	if e.server != nil {
		e.server.Stop()
	}
}

// Pick is the first value, or the second in a smoke test.
func Pick[T any](e *Env, full, quick T) T {
	if e.Quick {
		return quick
	}
	return full
}

// Database is one set of fresh tables.
type Database struct {
	endpoint string
	Prefix   string // of the tables' names
}

// Tables makes fresh tables, in a database that is started when first wanted.
func (e *Env) Tables(ctx context.Context) (*Database, error) {
	if e.server == nil {
		server, err := ddb.Start(ctx, ddb.Options{Progress: e.Progress, HeapMB: heapMB})
		if err != nil {
			return nil, err
		}
		e.server = server
	}
	e.prefix++
	d := &Database{e.server.Endpoint, fmt.Sprintf("bench-%d-", e.prefix)}
	return d, dynamo.CreateTables(ctx, d.Client(), d.Prefix)
}

// Client is the SDK's client with many connections. Options add a meter.
func (d *Database) Client(options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: aws.Region, BaseEndpoint: &d.endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}, options...)
}

// Used returns what a meter counted on the tables.
func (d *Database) Used(m *meter.Meter, table string) meter.Units { return m.Table(d.Prefix + table) }
