package ledger

import (
	"context"
	"fmt"
	"regexp"
	"sync"
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
