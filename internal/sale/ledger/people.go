package ledger

import "context"

// names adds the buyers' names that aren't there. One that was erased is there, and stays empty.
func names(ctx context.Context, db DB, entries []Entry) error {
	for i, e := range entries {
		if i > 0 && e.Order == entries[i-1].Order {
			continue
		}
		const query = "INSERT INTO ledger_people (order_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"
		if _, err := db.Exec(ctx, query, e.Order, e.Name); err != nil {
			return err
		}
	}
	return nil
}

// Erase forgets the name of an order's buyer for good: a booking that comes later doesn't bring it back. It may be
// repeated. What was sold, and for how much, stays.
func (b *Book) Erase(ctx context.Context, order string) error {
	return b.do(ctx, func(db DB) error {
		_, err := db.Exec(ctx, "INSERT INTO ledger_people (order_id, name, erased_at) VALUES ($1, '', now()) "+
			"ON CONFLICT (order_id) DO UPDATE SET name = '', erased_at = now()", order)
		return err
	})
}
