-- What was given back and stayed there. A refund can be here before its sale: jobs come in any order. Then sold_at is null.
CREATE OR REPLACE VIEW ledger_refunds AS
SELECT r.zone, r.order_id, r.number, r.seat, r.section, r.label, r.category, r.type, r.amount, r.currency, coalesce(p.name, '') AS name, r.payment, s.at AS sold_at, r.at AS refunded_at
FROM ledger_entries r
LEFT JOIN ledger_entries s ON s.order_id = r.order_id AND s.seat = r.seat AND s.kind = 'sale'
LEFT JOIN ledger_people p ON p.order_id = r.order_id
WHERE r.kind = 'refund' AND NOT EXISTS (
  SELECT 1 FROM ledger_entries f WHERE f.order_id = r.order_id AND f.seat = r.seat AND f.kind = 'refund_failed' AND f.n = r.n
)
