// Package pgtest gives tests a real PostgreSQL: one server per test process, started when first wanted, and a fresh
// database per test.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"foyer/infra/local/pg"
	"foyer/internal/testkit/skip"
)

var (
	server  *pg.Server
	failure error
	once    sync.Once
	count   atomic.Int64
)

// Main runs a package's tests and stops the server: func TestMain(m *testing.M) { pgtest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	Stop()
	os.Exit(code)
}

// Stop stops the server if there is one, for packages whose TestMain has more to do.
func Stop() {
	if server != nil {
		server.Stop()
	}
}

// New gives a test a database of its own, which vanishes with it, and returns its URL. It skips the test where
// PostgreSQL can't be started.
func New(t testing.TB) string {
	t.Helper()
	once.Do(func() { server, failure = pg.Start(context.Background(), pg.Options{Progress: os.Stderr}) })
	if failure != nil {
		skip.Because(t, "%v", failure)
	}
	name := fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), count.Add(1))
	run(t, t.Context(), "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, context.Background(), "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func run(t testing.TB, ctx context.Context, statement string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, server.URL)
	if err == nil {
		_, err = conn.Exec(ctx, statement)
		conn.Close(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}
