package local

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"foyer/infra/local/mailbox"
	"foyer/infra/local/pg"
	"foyer/infra/topology"
)

// mailPath is where the mail service is, inside.
const mailPath = "/mail"

// Books is what a sale ends in: every mailbox, and the ledger's database.
type Books struct {
	Mailbox *mailbox.Box
	Ledger  string // URL of the ledger's PostgreSQL; empty: no function needs one

	database *pg.Server
}

// open starts the database where a function needs it.
func (b *Books) open(ctx context.Context, functions []topology.Function, progress io.Writer) (err error) {
	b.Mailbox = &mailbox.Box{Now: time.Now}
	if !slices.ContainsFunc(functions, func(f topology.Function) bool { return slices.Contains(f.Env, topology.EnvLedger) }) {
		return nil
	}
	if b.database, err = pg.Start(ctx, pg.Options{Progress: progress}); err == nil {
		b.Ledger = b.database.URL
	}
	return err
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
	values[topology.EnvLedger] = b.Ledger
	return "AWS_ENDPOINT_URL_SESV2=" + inside + mailPath
}
