package local

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	smithytime "github.com/aws/smithy-go/time"
	"github.com/jackc/pgx/v5"

	"foyer/infra/local/mailbox"
	"foyer/infra/local/pg"
	"foyer/infra/topology"
	"foyer/internal/sale/ledger"
)

// mailPath is where the mail service is, inside.
const mailPath = "/mail"

// Books is what a sale ends in: every mailbox, and the ledger's database.
type Books struct {
	Mailbox *mailbox.Box
	Ledger  string // URL of the ledger's PostgreSQL, as its owner; empty: no function needs one

	database *pg.Server
	writer   string // URL for functions, who may only add rows
}

// open starts the database where a function needs it.
func (b *Books) open(ctx context.Context, functions []topology.Function, progress io.Writer) (err error) {
	b.Mailbox = &mailbox.Box{Now: time.Now}
	if !slices.ContainsFunc(functions, func(f topology.Function) bool { return slices.Contains(f.Env, topology.EnvLedger) }) {
		return nil
	}
	if b.database, err = pg.Start(ctx, pg.Options{Progress: progress}); err != nil {
		return err
	}
	b.Ledger = b.database.URL
	b.writer, err = restrict(ctx, b.Ledger)
	return err
}

// restrict makes the tables and the role that functions connect as, as an operator does once on AWS, with a password in
// place of IAM. It gives the URL for them.
func restrict(ctx context.Context, owner string) (string, error) {
	conn, err := pgx.Connect(ctx, owner)
	if err != nil {
		return "", errors.New("the ledger's database does not let us in") // the cause holds the URL
	}
	defer conn.Close(ctx)
	book := &ledger.Book{
		Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, owner) },
		Sleep:   smithytime.SleepWithContext,
	}
	defer book.Close(ctx)
	if err := book.Restrict(ctx, ""); err != nil {
		return "", err
	}
	password := rand.Text()
	if _, err := conn.Exec(ctx, "ALTER ROLE "+topology.LedgerUser+" PASSWORD '"+password+"'"); err != nil {
		return "", err
	}
	at, err := url.Parse(owner)
	if err != nil {
		return "", errors.New("the ledger's URL can't be read")
	}
	at.User = url.UserPassword(topology.LedgerUser, password)
	return at.String(), nil
}

// close ends the database.
func (b *Books) close() {
	if b.database != nil {
		b.database.Stop()
	}
}

func (b *Books) routes(mux *http.ServeMux) { mux.Handle(mailPath+"/", b.Mailbox) }

// environment adds the values that functions declare, and gives the SDK's variable.
func (b *Books) environment(values map[string]string, inside string) string {
	values[topology.EnvLedger] = b.writer
	return "AWS_ENDPOINT_URL_SESV2=" + inside + mailPath
}
