package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one statement. It can be repeated: a process may end between it and the note that it was done.
type migration struct {
	version   int
	name      string
	statement string
}

// list is every migration in order: a file each, one statement in a file.
func list() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(names))
	for i, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		number, rest, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("ledger: %s should be number %d", name, i+1)
		}
		all[i] = migration{version, strings.TrimSuffix(rest, ".sql"), string(text)}
	}
	return all, nil
}

// noted keeps which migrations were done.
const noted = `CREATE TABLE IF NOT EXISTS ledger_migrations (version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())`

// Migrate brings the database to this version of the books, and tells how many steps that took. Every statement is a
// transaction of its own. It may be repeated, and run by several at once.
func (b *Book) Migrate(ctx context.Context) (steps int, err error) {
	all, err := list()
	if err != nil {
		return 0, err
	}
	err = b.do(ctx, func(db DB) error {
		steps = 0
		have := 0
		if err := db.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM ledger_migrations").Scan(&have); err != nil {
			if !isCode(err, undefinedTable) {
				return err
			}
			if _, err := db.Exec(ctx, noted); err != nil {
				return needsOwner(err)
			}
		}
		for _, m := range all[min(have, len(all)):] {
			if _, err := db.Exec(ctx, m.statement); err != nil {
				return needsOwner(fmt.Errorf("ledger: step %d, %s: %w", m.version, m.name, err))
			}
			if _, err := db.Exec(ctx, "INSERT INTO ledger_migrations (version, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", m.version, m.name); err != nil {
				return err
			}
			steps++
		}
		return nil
	})
	return steps, err
}

// needsOwner says what to do where the role may not make tables.
func needsOwner(err error) error {
	if isCode(err, notAllowed) {
		return fmt.Errorf("ledger: the tables are of another version and this role may not change them, run foyerctl ledger migrate: %w", err)
	}
	return err
}

// What PostgreSQL and DSQL call what may be tried again, and what isn't there.
const (
	undefinedTable      = "42P01"
	notAllowed          = "42501"
	serialization       = "40001" // DSQL's conflicts come as this, too: OC000, OC001
	deadlock            = "40P01"
	uniqueViolation     = "23505" // two make the same table at once
	concurrentlyUpdated = "XX000" // two replace the same view at once
	duplicateTable      = "42P07"
	duplicateObject     = "42710" // the type that a table or view of this name brings along
)

func isCode(err error, codes ...string) bool {
	var fault *pgconn.PgError
	if !errors.As(err, &fault) {
		return false
	}
	for _, code := range codes {
		if fault.Code == code {
			return true
		}
	}
	return false
}

// attempts is how often a transaction is tried that others got in the way of.
const attempts = 6

// retry tries again what a conflict ended, a little later each time.
func (b *Book) retry(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || try == attempts || !isCode(err, serialization, deadlock, uniqueViolation, concurrentlyUpdated, duplicateTable, duplicateObject) {
			return err
		}
		if err := b.Sleep(ctx, time.Duration(try*try)*20*time.Millisecond); err != nil {
			return err
		}
	}
}
