package ledger

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"foyer/internal/sale/order"
)

// DB is the part of a connection in use.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Book is the books in a database. It keeps one connection, which it makes when first needed and anew when it broke,
// and may be used by several goroutines: they take turns.
type Book struct {
	Connect func(ctx context.Context) (*pgx.Conn, error)
	Sleep   func(ctx context.Context, d time.Duration) error

	turn     sync.Mutex
	conn     *pgx.Conn
	migrated bool
}

// MismatchError says that the books hold another row by the same key: something made the same sale twice, differently.
type MismatchError struct{ Have, Want Entry }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("ledger: the %s of seat %s in order %s is in the books differently", e.Want.Kind, e.Want.Seat, e.Want.Order)
}

// Record adds the entries that the books don't hold yet, all or none, and tells how many that were. An entry that
// they hold already is passed over; one that they hold differently is a *MismatchError, and nothing is added.
func (b *Book) Record(ctx context.Context, entries ...Entry) (added int, err error) {
	if len(entries) == 0 {
		return 0, nil
	}
	if err := b.ensure(ctx); err != nil {
		return 0, err
	}
	err = b.do(ctx, func(db DB) error {
		tx, err := db.(*pgx.Conn).Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		if added, err = insert(ctx, tx, entries); err != nil {
			return err
		}
		if added < len(entries) {
			if err := compare(ctx, tx, entries); err != nil {
				return err
			}
		}
		return tx.Commit(ctx)
	})
	return added, err
}

// Book adds what the books must hold of an order and don't yet; see Record.
func (b *Book) Book(ctx context.Context, o order.Order) (rows int, err error) {
	return b.Record(ctx, EntriesOf(o)...)
}

// ensure migrates once in the life of a process.
func (b *Book) ensure(ctx context.Context) error {
	b.turn.Lock()
	done := b.migrated
	b.turn.Unlock()
	if done {
		return nil
	}
	if _, err := b.Migrate(ctx); err != nil {
		return err
	}
	b.turn.Lock()
	b.migrated = true
	b.turn.Unlock()
	return nil
}

const columns = "order_id, seat, kind, zone, section, label, category, amount, currency, name, payment, at"

// insert adds the rows whose keys aren't there, in one statement.
func insert(ctx context.Context, db DB, entries []Entry) (int, error) {
	var rows []string
	var args []any
	for _, e := range entries {
		values := []any{e.Order, e.Seat, string(e.Kind), e.Zone, e.Section, e.Label, e.Category, e.Amount, e.Currency, e.Name, e.Payment, e.At}
		marks := make([]string, len(values))
		for i := range values {
			marks[i] = fmt.Sprintf("$%d", len(args)+i+1)
		}
		rows, args = append(rows, "("+strings.Join(marks, ", ")+")"), append(args, values...)
	}
	tag, err := db.Exec(ctx, "INSERT INTO ledger_entries ("+columns+") VALUES "+strings.Join(rows, ", ")+" ON CONFLICT DO NOTHING", args...)
	return int(tag.RowsAffected()), err
}

// compare makes sure that what was there already is what should be.
func compare(ctx context.Context, db DB, want []Entry) error {
	have := map[[3]string]Entry{}
	for _, e := range want {
		rows, err := db.Query(ctx, "SELECT "+columns+" FROM ledger_entries WHERE order_id = $1 AND seat = $2 AND kind = $3", e.Order, e.Seat, string(e.Kind))
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scan)
		if err != nil {
			return err
		}
		for _, f := range found {
			have[f.key()] = f
		}
	}
	for _, e := range want {
		if h := have[e.key()]; !h.same(e) {
			return &MismatchError{Have: h, Want: e}
		}
	}
	return nil
}

func (e Entry) key() [3]string { return [3]string{e.Order, e.Seat, string(e.Kind)} }

// same reports whether two entries are the same but for what microseconds PostgreSQL keeps.
func (e Entry) same(other Entry) bool {
	at := e.At.Truncate(time.Microsecond).Equal(other.At.Truncate(time.Microsecond))
	e.At = other.At
	return at && e == other
}

func scan(row pgx.CollectableRow) (e Entry, err error) {
	err = row.Scan(&e.Order, &e.Seat, &e.Kind, &e.Zone, &e.Section, &e.Label, &e.Category, &e.Amount, &e.Currency, &e.Name, &e.Payment, &e.At)
	e.At = e.At.UTC()
	return e, err
}

// Entries is every row of the zone, by time.
func (b *Book) Entries(ctx context.Context, zone string) (all []Entry, err error) {
	err = b.do(ctx, func(db DB) error {
		rows, err := db.Query(ctx, "SELECT "+columns+" FROM ledger_entries WHERE zone = $1 ORDER BY at, order_id, seat, kind", zone)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	return all, err
}

// do works on the connection, trying again what a conflict ended, and what a broken connection did, once.
func (b *Book) do(ctx context.Context, work func(db DB) error) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	again := true
	for {
		fresh, err := b.open(ctx)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		err = b.retry(ctx, func() error { return work(b.conn) })
		if err == nil || !b.conn.IsClosed() || fresh || !again || ctx.Err() != nil {
			return err
		}
		again = false
	}
}

// open makes a connection where there is none; it reports whether it did.
func (b *Book) open(ctx context.Context) (fresh bool, err error) {
	if b.conn != nil && !b.conn.IsClosed() {
		return false, nil
	}
	b.conn, err = b.Connect(ctx)
	return true, err
}

// Close ends the connection.
func (b *Book) Close(ctx context.Context) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.conn == nil {
		return nil
	}
	return b.conn.Close(ctx)
}
