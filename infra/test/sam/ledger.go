package sam

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/local/pg"
	"foyer/internal/aws/dsql"
	"foyer/internal/sale/ledger"
)

// database is a PostgreSQL that containers can reach: it listens on this machine's own address only, so what comes
// to the bridge's is passed on.
type database struct {
	server *pg.Server
	bridge net.Listener
	url    string // as containers reach it
}

func startDatabase(ctx context.Context, host string) (*database, error) {
	server, err := pg.Start(ctx, pg.Options{Progress: os.Stderr})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		server.Stop()
		return nil, err
	}
	d := &database{server: server}
	if d.bridge, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
		server.Stop()
		return nil, err
	}
	go pass(d.bridge, u.Host)
	u.Host = d.bridge.Addr().String()
	d.url = u.String()
	return d, nil
}

func (d *database) stop() {
	d.bridge.Close()
	d.server.Stop()
}

// pass connects every connection to the address to, until the listener is closed.
func pass(from net.Listener, to string) {
	for {
		near, err := from.Accept()
		if err != nil {
			return
		}
		go func() {
			defer near.Close()
			far, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer far.Close()
			var both sync.WaitGroup
			for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
				both.Go(func() {
					_, _ = io.Copy(pair[0], pair[1]) // either end's close ends both
					near.Close()
					far.Close()
				})
			}
			both.Wait()
		}()
	}
}

// Ledger is the books.
func (w *World) Ledger() *ledger.Book {
	return &ledger.Book{
		Connect: dsql.Connector(aws.Config{}, w.ledger.server.URL, time.Now),
		Sleep:   smithytime.SleepWithContext,
	}
}
