package ledger

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"foyer/internal/sale/currency"
)

// exports is the query of every report by its name. Amounts are in minor units, times in UTC.
var exports = map[string]string{
	// the valid tickets, for the doors
	"doors": `SELECT section, seat, label, category, type, name, number, sold_at FROM ledger_admissions
		WHERE zone = $1 ORDER BY section, label, seat`,
	// refunded tickets, for scanners
	"denied": `SELECT number, seat, min(at) AS refunded_at FROM ledger_entries
		WHERE zone = $1 AND kind = 'refund' GROUP BY number, seat ORDER BY number, seat`,
	// every sale, every refund, and every refund that came back
	"finance": `SELECT at, kind, number, order_id AS "order", payment, seat, section, category, type,
		CASE kind WHEN 'refund' THEN -amount ELSE amount END AS amount,
		CASE kind WHEN 'refund' THEN -vat ELSE vat END AS vat, vat_rate, seller, vat_id, currency
		FROM ledger_entries WHERE zone = $1 ORDER BY at, order_id, seat, kind, n`,
	// every refund with its sale
	"refunds": `SELECT refunded_at, sold_at, number, order_id AS "order", payment, seat, section, category, type,
		amount, currency, name
		FROM ledger_refunds WHERE zone = $1 ORDER BY refunded_at, order_id, seat`,
	// sales by section and minute
	"minutes": `SELECT section, minute, seats, amount, currency FROM ledger_sales_by_minute
		WHERE zone = $1 ORDER BY minute, section, currency`,
	// sums by section, category and price type
	"totals": `SELECT section, category, type, sold, refunded, gross, paid_back, net, currency FROM ledger_totals
		WHERE zone = $1 ORDER BY section, category, type, currency`,
}

// mark begins every export. Excel takes a CSV without it for one in the machine's own encoding.
const mark = "\ufeff"

// Export writes a report of the zone as CSV (RFC 4180) in UTF-8, with a mark that says so and a line of headings. A
// line with a currency says how many digits of its amounts are the fraction.
func (b *Book) Export(ctx context.Context, w io.Writer, name, zone string) error {
	query, known := exports[name]
	if !known {
		return fmt.Errorf("ledger: there is no export %q", name)
	}
	var lines [][]string
	err := b.do(ctx, func(db DB) error {
		rows, err := db.Query(ctx, query, zone)
		if err != nil {
			return err
		}
		defer rows.Close()
		var heads []string
		for _, f := range rows.FieldDescriptions() {
			heads = append(heads, f.Name)
		}
		of := slices.Index(heads, "currency")
		if of >= 0 {
			heads = append(heads, "digits")
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
			if of >= 0 {
				line = append(line, strconv.Itoa(currency.Digits(line[of])))
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, mark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(lines)
}

// cell returns a value as text for a spreadsheet. Names come from buyers, so text that a spreadsheet would run as a
// formula gets an apostrophe in front.
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
