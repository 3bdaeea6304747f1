package main

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
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/meter"
)

// heapMB is the Java heap of the database: a million places are read and written in large requests.
const heapMB = 1500

// Env is shared by all sections.
type Env struct {
	quick    bool
	progress io.Writer
	root     string // the module's folder

	server *ddb.Server
	prefix int // of table names, counts up
}

func newEnv(quick bool, progress io.Writer) (*Env, error) {
	root, err := bundle.Root()
	return &Env{quick: quick, progress: progress, root: root}, err
}

func (e *Env) close() {
	if e.server != nil {
		e.server.Stop()
	}
}

// pick is the first value, or the second in a smoke test.
func pick[T any](e *Env, full, quick T) T {
	if e.quick {
		return quick
	}
	return full
}

// database is one set of fresh tables.
type database struct {
	endpoint, prefix string
}

// tables makes fresh tables, in a database that is started when first wanted.
func (e *Env) tables(ctx context.Context) (*database, error) {
	if e.server == nil {
		server, err := ddb.Start(ctx, ddb.Options{Progress: e.progress, HeapMB: heapMB})
		if err != nil {
			return nil, err
		}
		e.server = server
	}
	e.prefix++
	d := &database{e.server.Endpoint, fmt.Sprintf("bench-%d-", e.prefix)}
	return d, dynamo.CreateTables(ctx, d.client(), d.prefix)
}

// client is the SDK's client with many connections. Options add a meter.
func (d *database) client(options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: aws.Region, BaseEndpoint: &d.endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}, options...)
}

// stores are the stores on these tables, by a client of their own.
func (d *database) stores(options ...func(*dynamodb.Options)) stores {
	c := d.client(options...)
	return stores{dynroom.NewQueue(c, d.prefix+"queue"), dynroom.NewLog(c, d.prefix+"grants"),
		dynroom.NewZones(c, d.prefix+"zones")}
}

// used returns what a meter counted on the tables.
func (d *database) used(m *meter.Meter, table string) meter.Units { return m.Table(d.prefix + table) }
