package ledger

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

// export is a report that is written as CSV. Amounts are in minor units, times in UTC.
type export struct{ does, query string }

// exports is every report by its name.
var exports = map[string]export{
	"doors": {"whom to let in", `SELECT section, seat, label, category, name, order_id AS "order", sold_at FROM ledger_admissions
		WHERE zone = $1 ORDER BY section, label, seat`},
	"denied": {"refunded tickets, for scanners", `SELECT order_id AS "order", seat, refunded_at FROM ledger_refunds
		WHERE zone = $1 ORDER BY order_id, seat`},
	"finance": {"every sale and refund", `SELECT at, kind, order_id AS "order", payment, seat, section, category,
		CASE kind WHEN 'sale' THEN amount ELSE -amount END AS amount, currency FROM ledger_entries WHERE zone = $1 ORDER BY at, order_id, seat, kind`},
	"refunds": {"what was given back", `SELECT refunded_at, sold_at, order_id AS "order", payment, seat, section, category, amount, currency, name
		FROM ledger_refunds WHERE zone = $1 ORDER BY refunded_at, order_id, seat`},
	"minutes": {"sales by section and minute", `SELECT section, minute, seats, amount, currency FROM ledger_sales_by_minute
		WHERE zone = $1 ORDER BY minute, section, currency`},
	"totals": {"sums by section and category", `SELECT section, category, sold, refunded, gross, paid_back, net, currency FROM ledger_totals
		WHERE zone = $1 ORDER BY section, category, currency`},
}

// Exports is what Export can write: names and what each is.
func Exports() map[string]string {
	all := map[string]string{}
	for name, x := range exports {
		all[name] = x.does
	}
	return all
}

// Export writes a report of the zone as CSV (RFC 4180) with a line of headings.
func (b *Book) Export(ctx context.Context, w io.Writer, name, zone string) error {
	x, known := exports[name]
	if !known {
		return fmt.Errorf("ledger: there is no export %q", name)
	}
	var lines [][]string
	err := b.do(ctx, func(db DB) error {
		rows, err := db.Query(ctx, x.query, zone)
		if err != nil {
			return err
		}
		defer rows.Close()
		var heads []string
		for _, f := range rows.FieldDescriptions() {
			heads = append(heads, f.Name)
		}
		lines = [][]string{heads}
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			line := make([]string, len(values))
			for i, v := range values {
				line[i] = cell(v)
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(lines)
}

// cell is a value for a spreadsheet. Text that a spreadsheet would run as a formula is kept from it: names come from
// buyers.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			return "'" + v
		}
		return v
	}
	return fmt.Sprint(v)
}
