-- A refund can be here before its sale: jobs come in any order. Then sold_at is null.
CREATE OR REPLACE VIEW ledger_refunds AS
SELECT r.zone, r.order_id, r.seat, r.section, r.label, r.category, r.amount, r.currency, r.name, r.payment, s.at AS sold_at, r.at AS refunded_at
FROM ledger_entries r
LEFT JOIN ledger_entries s ON s.order_id = r.order_id AND s.seat = r.seat AND s.kind = 'sale'
WHERE r.kind = 'refund'
