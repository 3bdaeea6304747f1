package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one statement. It can be repeated: a process may end between it and the record that it was made.
type migration struct {
	version   int
	name      string
	statement string
}

// list returns every migration in order: a numbered file each, one statement in a file.
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
		_, rest, _ := strings.Cut(path.Base(name), "_")
		all[i] = migration{i + 1, strings.TrimSuffix(rest, ".sql"), string(text)}
	}
	return all, nil
}

// noted creates the table that records which migrations were made, and note adds one.
const (
	noted = `CREATE TABLE IF NOT EXISTS ledger_migrations
		(version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())`
	note = "INSERT INTO ledger_migrations (version, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"
)

// Migrate brings the database to this version of the ledger, and returns how many steps it made. Every statement is a
// transaction of its own. It may be repeated, and run by several processes at once.
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
			if _, err := db.Exec(ctx, note, m.version, m.name); err != nil {
				return err
			}
			steps++
		}
		return nil
	})
	return steps, err
}

// needsOwner adds to an error of rights who may change tables.
func needsOwner(err error) error {
	if isCode(err, notAllowed) {
		return fmt.Errorf("ledger: the tables are of another version and this role may not change them, "+
			"run foyerctl ledger migrate: %w", err)
	}
	return err
}

// The SQLSTATE codes of PostgreSQL and DSQL that are handled.
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

// passing is the codes of conflicts, after which a transaction is tried again.
var passing = []string{
	serialization, deadlock, uniqueViolation, concurrentlyUpdated, duplicateTable, duplicateObject,
}

func isCode(err error, codes ...string) bool {
	var fault *pgconn.PgError
	return errors.As(err, &fault) && slices.Contains(codes, fault.Code)
}

// attempts is how often a transaction is tried that meets others.
const attempts = 6

// retry calls do again after a conflict, with a longer pause each time.
func (b *Book) retry(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || try == attempts || !isCode(err, passing...) {
			return err
		}
		if err := b.Sleep(ctx, time.Duration(try*try)*20*time.Millisecond); err != nil {
			return err
		}
	}
}
