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

// DB is what is used of a connection, or of a transaction.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Book is the ledger in a database. It keeps one connection, which it opens when first needed and again when it broke.
// Several goroutines may use it: they take turns.
type Book struct {
	Connect func(ctx context.Context) (*pgx.Conn, error)
	Sleep   func(ctx context.Context, d time.Duration) error

	turn     sync.Mutex
	conn     *pgx.Conn
	migrated bool
}

// MismatchError means that the ledger holds another row with the same key: the same sale was made twice, differently.
type MismatchError struct{ Have, Want Entry }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("ledger: the %s of seat %s in order %s is in the books differently",
		e.Want.Kind, e.Want.Seat, e.Want.Order)
}

// Record adds the entries that the ledger doesn't hold yet, all or none, and returns how many it added. An entry that
// the ledger holds already is passed over; if it holds one differently, Record adds nothing and returns a
// *MismatchError.
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

// Book records the entries of an order; see Record.
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

const columns = "order_id, seat, kind, n, number, zone, section, label, category, type, amount, currency, vat_rate, " +
	"vat, seller, vat_id, payment, at"

// selected is every entry with its buyer's name.
const selected = "SELECT " + columns + ", coalesce(name, '') " +
	"FROM ledger_entries LEFT JOIN ledger_people USING (order_id) "

// insert adds the rows whose keys aren't there, in one statement.
func insert(ctx context.Context, db DB, entries []Entry) (int, error) {
	var rows []string
	var args []any
	for _, e := range entries {
		values := []any{
			e.Order, e.Seat, string(e.Kind), e.N, e.Number, e.Zone, e.Section, e.Label, e.Category, e.Type,
			e.Amount, e.Currency, e.VATRate, e.VAT, e.Seller, e.VATID, e.Payment, e.At,
		}
		marks := make([]string, len(values))
		for i := range values {
			marks[i] = fmt.Sprintf("$%d", len(args)+i+1)
		}
		rows, args = append(rows, "("+strings.Join(marks, ", ")+")"), append(args, values...)
	}
	query := "INSERT INTO ledger_entries (" + columns + ") VALUES " + strings.Join(rows, ", ") + " ON CONFLICT DO NOTHING"
	tag, err := db.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return int(tag.RowsAffected()), names(ctx, db, entries)
}

// compare makes sure that the rows with the keys of want equal them.
func compare(ctx context.Context, db DB, want []Entry) error {
	have := map[Key]Entry{}
	for _, e := range want {
		query := selected + "WHERE order_id = $1 AND seat = $2 AND kind = $3 AND n = $4"
		rows, err := db.Query(ctx, query, e.Order, e.Seat, string(e.Kind), e.N)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scan)
		if err != nil {
			return err
		}
		for _, f := range found {
			have[f.Key] = f
		}
	}
	for _, e := range want {
		if h := have[e.Key]; !h.same(e) {
			return &MismatchError{Have: h, Want: e}
		}
	}
	return nil
}

// same reports whether two entries are the same, their times to the microsecond as PostgreSQL keeps them. Names are
// beside the books.
func (e Entry) same(other Entry) bool {
	at := e.At.Truncate(time.Microsecond).Equal(other.At.Truncate(time.Microsecond))
	e.At, e.Name = other.At, other.Name
	return at && e == other
}

func scan(row pgx.CollectableRow) (e Entry, err error) {
	err = row.Scan(&e.Order, &e.Seat, &e.Kind, &e.N, &e.Number, &e.Zone, &e.Section, &e.Label, &e.Category, &e.Type,
		&e.Amount, &e.Currency, &e.VATRate, &e.VAT, &e.Seller, &e.VATID, &e.Payment, &e.At, &e.Name)
	e.At = e.At.UTC()
	return e, err
}

// Entries returns every row of the zone, by time.
func (b *Book) Entries(ctx context.Context, zone string) (all []Entry, err error) {
	err = b.do(ctx, func(db DB) error {
		query := selected + "WHERE zone = $1 ORDER BY at, order_id, seat, kind, n"
		rows, err := db.Query(ctx, query, zone)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	return all, err
}

// do runs work on the connection. It retries after conflicts, and once after a broken connection.
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

// open opens a connection if there is none, and reports whether it did.
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
