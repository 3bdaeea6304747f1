package ledger_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"foyer/internal/sale/ledger"
	"foyer/internal/testkit/pgtest"
)

// asWriter returns the ledger as the restricted role sees it.
func asWriter(t *testing.T, at string) (*ledger.Book, string) {
	t.Helper()
	owner := open(t, at)
	for range 2 {
		if err := owner.Restrict(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "ALTER ROLE "+ledger.Writer+" PASSWORD 'hush'"); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(ledger.Writer, "hush")
	return open(t, u.String()), u.String()
}

func TestTheWriterAddsAndReadsAndCannotDoMore(t *testing.T) {
	at := pgtest.New(t)
	b, writer := asWriter(t, at)
	if n := record(t, b, paid("o1", "A-1-1", "A-1-2")); n != 2 {
		t.Errorf("added %d rows", n)
	}
	if n := record(t, b, refunded(paid("o1", "A-1-1", "A-1-2"))); n != 2 {
		t.Errorf("the refund added %d rows", n)
	}
	if got := rows(t, b); len(got) != 4 {
		t.Errorf("it reads %d rows", len(got))
	}
	conn, err := pgx.Connect(t.Context(), writer)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range []string{
		"UPDATE ledger_entries SET amount = 1", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries",
		"DROP TABLE ledger_entries", "UPDATE ledger_people SET name = 'Eve'", "DELETE FROM ledger_people",
		"ALTER TABLE ledger_entries ADD COLUMN x text", "DROP VIEW ledger_totals",
		"INSERT INTO ledger_migrations VALUES (9, 'x')",
		"INSERT INTO ledger_entries SELECT * FROM ledger_entries ON CONFLICT (order_id, seat, kind) DO UPDATE SET amount = 1",
		"CREATE TABLE other (x text)", "SET ROLE postgres", "GRANT UPDATE ON ledger_entries TO " + ledger.Writer,
	} {
		if tag, err := conn.Exec(t.Context(), statement); err == nil && !strings.HasPrefix(statement, "GRANT") {
			t.Errorf("%s: %v", statement, tag)
		}
	}
	if _, err := conn.Exec(t.Context(), "UPDATE ledger_entries SET amount = 1"); err == nil {
		t.Error("it gave itself the right to change rows")
	}
	if got := rows(t, open(t, at)); len(got) != 4 || got[0].Amount != 4550 {
		t.Errorf("the books hold %+v", got)
	}
}

func TestTheWriterSaysWhenTheTablesAreMissing(t *testing.T) {
	at := pgtest.New(t)
	_, writer := asWriter(t, at)
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	// As before an update.
	if _, err := conn.Exec(t.Context(), "DELETE FROM ledger_migrations WHERE version > 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, writer).Record(t.Context(), ledger.EntriesOf(paid("o1", "A-1-1"))...); err == nil ||
		!strings.Contains(err.Error(), "foyerctl ledger migrate") {
		t.Errorf("%v", err)
	}
}

func TestOnlyRolesAreLetIn(t *testing.T) {
	b := open(t, pgtest.New(t))
	for _, arn := range []string{
		"x", "arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:role/x'; DROP TABLE ledger_entries; --",
	} {
		if err := b.Restrict(t.Context(), arn); err == nil || !strings.Contains(err.Error(), "not the ARN") {
			t.Errorf("%s: %v", arn, err)
		}
	}
	// A real role's grant is DSQL's own statement, which PostgreSQL refuses: it is the last one.
	if err := b.Restrict(t.Context(), "arn:aws:iam::123456789012:role/path/Foyer-Bookkeeper_1"); err == nil ||
		!strings.Contains(err.Error(), "AWS") {
		t.Errorf("%v", err)
	}
}
