package ledger

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Writer is the database role that may add rows to the ledger and read them, and nothing else: with it, neither a bug
// nor an attacker in the function can change or remove what was booked.
const Writer = "foyer_bookkeeper"

// grants is what Writer may do, a statement each. It reads ledger_migrations to see that the migrations were made.
var grants = []string{
	"GRANT SELECT, INSERT ON ledger_entries TO " + Writer,
	"GRANT SELECT, INSERT ON ledger_people TO " + Writer,
	"GRANT SELECT ON ledger_migrations TO " + Writer,
}

// iamRole matches the ARN of an IAM role.
var iamRole = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}$`)
})

// Restrict makes the tables and the role Writer, and lets the IAM role of that ARN connect as it. An empty ARN leaves
// that out, as only DSQL knows IAM. It may be repeated. The role that calls it must own the tables.
func (b *Book) Restrict(ctx context.Context, arn string) error {
	if arn != "" && !iamRole().MatchString(arn) {
		return fmt.Errorf("ledger: %q is not the ARN of an IAM role", arn)
	}
	if _, err := b.Migrate(ctx); err != nil {
		return err
	}
	if err := b.makeWriter(ctx); err != nil {
		return err
	}
	statements := grants
	if arn != "" {
		statements = append(statements[:len(statements):len(statements)], "AWS IAM GRANT "+Writer+" TO '"+arn+"'")
	}
	for _, statement := range statements {
		err := b.do(ctx, func(db DB) error {
			_, err := db.Exec(ctx, statement)
			return err
		})
		if err != nil {
			return fmt.Errorf("ledger: the role %s: %w", Writer, err)
		}
	}
	return nil
}

// Roles is who may do what in the books.
type Roles struct {
	Writer bool     // there is such a role
	May    []string // what it may do, as "INSERT ON ledger_entries"
	As     []string // the roles that the function's IAM role connects as
}

// Wrong says what isn't as Restrict makes it, empty for nothing.
func (r Roles) Wrong() string {
	var meant []string
	for _, statement := range grants {
		rights, table, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(statement, "GRANT "), " TO "+Writer), " ON ")
		for right := range strings.SplitSeq(rights, ", ") {
			meant = append(meant, right+" ON "+table)
		}
	}
	slices.Sort(meant)
	switch {
	case !r.Writer:
		return "there is no role " + Writer
	case !slices.Equal(slices.Sorted(slices.Values(r.May)), meant):
		return fmt.Sprintf("the role %s may %s, and is to %s", Writer, cmp.Or(strings.Join(r.May, ", "), "nothing"),
			strings.Join(meant, ", "))
	case !slices.Equal(r.As, []string{Writer}):
		return fmt.Sprintf("the function connects as %q, and is to as %s", strings.Join(r.As, ", "), Writer)
	}
	return ""
}

// Roles reads who may do what, and as whom the IAM role of that ARN connects. Only DSQL knows the latter.
func (b *Book) Roles(ctx context.Context, arn string) (r Roles, err error) {
	err = b.do(ctx, func(db DB) error {
		r = Roles{}
		const there = "SELECT count(*) > 0 FROM pg_roles WHERE rolname = $1"
		if err := db.QueryRow(ctx, there, Writer).Scan(&r.Writer); err != nil {
			return err
		}
		for _, one := range []struct {
			into     *[]string
			sql, key string
		}{
			{&r.May, "SELECT privilege_type || ' ON ' || table_name FROM information_schema.role_table_grants " +
				"WHERE grantee = $1 ORDER BY 1", Writer},
			{&r.As, "SELECT pg_role_name FROM sys.iam_pg_role_mappings WHERE arn = $1 ORDER BY 1", arn},
		} {
			rows, err := db.Query(ctx, one.sql, one.key)
			if err != nil {
				return err
			}
			if *one.into, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

// makeWriter makes the role if there is none.
func (b *Book) makeWriter(ctx context.Context) error {
	return b.do(ctx, func(db DB) error {
		there := false
		err := db.QueryRow(ctx, "SELECT count(*) > 0 FROM pg_roles WHERE rolname = $1", Writer).Scan(&there)
		if err != nil || there {
			return err
		}
		_, err = db.Exec(ctx, "CREATE ROLE "+Writer+" WITH LOGIN")
		return err
	})
}
