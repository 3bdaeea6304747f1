package ledger_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"foyer/internal/sale/ledger"
	"foyer/internal/testkit/pgtest"
)

// DSQL's own table of who connects as which role is played by a table of that name.
func TestTheRolesOfTheBooksAreLookedAt(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:role/bookkeeper"
	url := pgtest.New(t)
	b := open(t, url)
	direct, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close(t.Context())
	does := func(sql string, args ...any) {
		t.Helper()
		if _, err := direct.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	wrong := func(want string) {
		t.Helper()
		r, err := b.Roles(t.Context(), arn)
		got := r.Wrong()
		if err != nil || (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	does("CREATE SCHEMA sys")
	does("CREATE TABLE sys.iam_pg_role_mappings (arn text, pg_role_name text)")
	if err := b.Restrict(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	wrong("connects as")
	does("INSERT INTO sys.iam_pg_role_mappings VALUES ($1, $2)", arn, ledger.Writer)
	wrong("")
	does("GRANT TRUNCATE ON ledger_entries TO " + ledger.Writer)
	wrong("TRUNCATE ON ledger_entries")
	does("REVOKE TRUNCATE, SELECT ON ledger_entries FROM " + ledger.Writer)
	wrong("and is to")
	does("GRANT SELECT ON ledger_entries TO " + ledger.Writer)
	does("INSERT INTO sys.iam_pg_role_mappings VALUES ($1, 'admin')", arn)
	wrong(`connects as "admin, foyer_bookkeeper"`)
	does("CREATE TABLE public.pg_roles (nothing int)")
	does("ALTER ROLE CURRENT_USER IN DATABASE " + direct.Config().Database + " SET search_path = public, pg_catalog")
	if r, err := open(t, url).Roles(t.Context(), arn); err == nil {
		t.Errorf("where roles can't be read: %+v", r)
	}
	if got := (ledger.Roles{}).Wrong(); !strings.Contains(got, "there is no role") {
		t.Error(got)
	}
}
